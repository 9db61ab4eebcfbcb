"""Loyalty of the made-up customers: what they buy, return and redeem, month by month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from crm.demo.data_files import Row, read_csv, read_data
from crm.demo.made_up_customers import MadeUpCustomers
from crm.demo.organization import DemoOrganization, raise_refusals
from crm.kernel.transactions import within_unit_of_work
from loyalty.operations.cards.issue import CardIssueRequest, issue_cards
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupons
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.operations.enrollments.enroll import enroll_customers
from loyalty.operations.points.post import post_movements
from loyalty.operations.points.scheduled import expire_points, mature_points, review_tiers
from loyalty.operations.transactions.enter import enter_transactions
from loyalty.rules.enrollments import EnrollmentRequest
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale, SaleLine

WELCOME_SERIES, CARD_SERIES = 363654, 15
# Who enters what the tills send.
ACTOR = "store.server"


@dataclass(slots=True)
class _Month:
    members: list[Row] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    redemptions: list[Movement] = field(default_factory=list)


@within_unit_of_work
def load_made_up_loyalty(demo: DemoOrganization, customers: MadeUpCustomers) -> None:
    """Enroll the members, then enter their transactions and redemptions."""
    months = _by_month(demo, customers)
    for month in months:
        if month.members:
            _enroll(demo, month.members)
    for month in months:
        if month.sales or month.redemptions:
            _enter(demo, month)
    # What is due by now, as the worker does it on its first round.
    for process_due in (mature_points, expire_points, review_tiers):
        while process_due(now=demo.now):
            pass


def _by_month(demo: DemoOrganization, customers: MadeUpCustomers) -> list[_Month]:
    """Return what happens in each month of the organization's calendar."""
    months: dict[str, _Month] = defaultdict(_Month)

    def month_of(at: datetime) -> _Month:
        return months[f"{at.astimezone(demo.org.zone):%Y-%m}"]

    for row in customers.values():
        if row.get("loyalty_type", "LOYALTY") == "LOYALTY":
            month_of(row["joined"]).members.append(row)
            at = _later(row, "redeems_points")
            if at is not None and at < demo.now:
                month_of(at).redemptions.append(_redemption(demo, row, at))
    products = read_data("products")
    sales: dict[str, tuple[Sale, datetime]] = {}
    for row in read_csv("made_up_transactions"):
        customer = customers[int(row["customer"])]
        if row["returned_number"]:
            sale, at = sales[row["returned_number"]]
            at = min(at + timedelta(days=int(row["days_later"])), demo.now)
            month_of(at).sales.append(_return(row, sale, at))
        else:
            at = _bought_at(demo, customer, row)
            sale = _sale(demo, customer, row, at, products)
            sales[row["number"]] = sale, at
            month_of(at).sales.append(sale)
    return [months[key] for key in sorted(months)]


def _later(customer: Row, event: str) -> datetime | None:
    """Return when the event of a customer happens, if they have it."""
    if event not in customer:
        return None
    at: datetime = customer["joined"] + timedelta(days=customer[event]["days_after_joining"])
    return at


def _bought_at(demo: DemoOrganization, customer: Row, row: Mapping[str, str]) -> datetime:
    """Return the moment at the row's share of the time since the customer joined.

    It is moved to the row's time of day where that is between joining and filling.
    """
    joined, zone = customer["joined"], demo.org.zone
    exact: datetime = joined + (demo.now - joined) * float(row["share_of_time"])
    clock = time.fromisoformat(row["time"])
    at = datetime.combine(exact.astimezone(zone).date(), clock, tzinfo=zone)
    return at if joined < at < demo.now else exact


def _sale(
    demo: DemoOrganization,
    customer: Row,
    row: Mapping[str, str],
    at: datetime,
    products: Mapping[str, Any],
) -> Sale:
    items = [item.split("x", 1) for item in row["items"].split()]
    lines = [
        SaleLine(item_code=code, quantity=int(quantity), **products[code])
        for quantity, code in items
    ]
    return Sale(
        number=f"B{int(row['number']):06}",
        customer_id=customer["id"],
        till_id=demo.entity_ids[customer["till"]],
        billed_at=at,
        amount=Decimal(sum(line.quantity * line.rate for line in lines)),
        lines=lines,
    )


def _return(row: Mapping[str, str], sale: Sale, at: datetime) -> Sale:
    return Sale(
        number=f"B{int(row['number']):06}",
        type="RETURN",
        customer_id=sale.customer_id,
        till_id=sale.till_id,
        billed_at=at,
        amount=sale.amount,
        returned_number=sale.number,
    )


def _redemption(demo: DemoOrganization, customer: Row, at: datetime) -> Movement:
    return Movement(
        customer_id=customer["id"],
        kind="REDEEM",
        points=customer["redeems_points"]["points"],
        happened_at=at,
        issued_by_id=demo.entity_ids[customer["till"]],
        transaction_number=f"R{customer['number']:06}",
    )


def _enroll(demo: DemoOrganization, members: Sequence[Row]) -> None:
    """Enroll members as they join, with the bonus, a coupon and perhaps a card."""
    origin = demo.origin(ACTOR, members[-1]["joined"])
    enrollment_requests = [
        EnrollmentRequest(customer_id=row["id"], earns_bonus=True, enrolled_at=row["joined"])
        for row in members
    ]
    raise_refusals(enroll_customers(origin=origin, enrollment_requests=enrollment_requests))
    coupon_requests = [
        CouponIssueRequest(
            series_id=WELCOME_SERIES,
            customer_id=row["id"],
            issued_in_id=demo.store_ids[row["till"]],
        )
        for row in members
    ]
    coupons = issue_coupons(origin=origin, requests=coupon_requests)
    raise_refusals(coupons)
    for row, coupon in zip(members, coupons, strict=True):
        at = _later(row, "redeems_coupon")
        if at is not None and at < demo.now:
            redeem_coupon(
                origin=demo.origin(row["till"], at), code=coupon.code, customer_id=row["id"]
            )
    card_requests = [
        CardIssueRequest(
            customer_id=row["id"],
            source_account_id=demo.account_ids["INSTORE"],
            series_id=CARD_SERIES,
            number=f"CLUB15{row['number']:06}",
            label="ACTIVE",
        )
        for row in members
        if row.get("has_card")
    ]
    raise_refusals(issue_cards(origin=origin, requests=card_requests))


def _enter(demo: DemoOrganization, month: _Month) -> None:
    """Enter what happened in a month at its end, each with its own moment."""
    sales = sorted(month.sales, key=attrgetter("billed_at", "number"))
    redemptions = sorted(month.redemptions, key=attrgetter("happened_at", "transaction_number"))
    moments = [sale.billed_at for sale in sales] + [one.happened_at for one in redemptions]
    origin = demo.origin(ACTOR, max(at for at in moments if at is not None))
    raise_refusals(enter_transactions(origin=origin, sales=sales))
    raise_refusals(post_movements(origin=origin, movements=redemptions))
