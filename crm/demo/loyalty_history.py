"""Loyalty of the reference's customers: enrollments, transactions, points, cards and coupons.

Where the reference prints numbers that add up, they are the result of what is written here.
Whatever must not expire is dated in days before the demo is filled.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from crm.demo.data_files import Row, read_data, read_moment
from crm.demo.ids import continue_after
from crm.demo.organization import DemoOrganization
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.rules.times import end_of_day
from loyalty.models import CouponRedemption, PointsEntry, Transaction
from loyalty.operations.cards.issue import CardIssueRequest, issue_card
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupon
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.operations.enrollments.enroll import enroll_customer
from loyalty.operations.partners import link_partners
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.enrollments import EnrollmentRequest
from loyalty.rules.movements import Movement
from loyalty.rules.partners import PartnerLink
from loyalty.rules.transactions import Sale, SaleLine

# Where the coupons of the data file are issued.
COUPON_STORE = "storecode"


@within_unit_of_work
def load_loyalty_history(demo: DemoOrganization) -> None:
    """Write the events in the order of their moments."""
    events = read_data("loyalty_history")
    for row in sorted(events, key=lambda row: read_moment(row["at"], now=demo.now)):
        till = row.pop("till")
        _write_event(demo, row.pop("type"), demo.origin(till, row.pop("at")), till, row)


def _write_event(demo: DemoOrganization, kind: str, origin: Origin, till: str, row: Row) -> None:
    match kind:
        case "enrollment":
            _enroll(origin, row)
        case "transaction":
            enter_row(demo, origin, till, row)
        case "points":
            if "id" in row:
                continue_after(PointsEntry, row.pop("id") - 1)
            post_movement(origin=origin, movement=_movement(demo, origin, till, row))
        case "transfer":
            transfer_points(origin=origin, transfer=Transfer(**row))
        case "card":
            account_id = demo.account_ids[row.pop("source_account")]
            issue_card(origin=origin, request=CardIssueRequest(source_account_id=account_id, **row))
        case "coupon":
            store_id = demo.entity_ids[COUPON_STORE]
            issue_coupon(
                origin=origin,
                request=CouponIssueRequest(issued_in_id=store_id, is_silent=True, **row),
            )
        case "coupon_redemption":
            if "id" in row:
                continue_after(CouponRedemption, row.pop("id") - 1)
            redeem_coupon(origin=origin, bill_amount=Decimal(row.pop("bill_amount")), **row)


def _enroll(origin: Origin, row: Row) -> None:
    partner_programs = row.pop("partner_programs", ())
    enrolled = enroll_customer(origin=origin, request=EnrollmentRequest(**row))
    assert enrolled.enrollment_id is not None  # noqa: S101 - nothing was refused
    links = [
        PartnerLink(
            customer_id=row["customer_id"],
            **{**partner, "tier_expires_at": _read_end(partner.get("tier_expires_at"))},
        )
        for partner in partner_programs
    ]
    for linked in link_partners(origin=origin, links=links):
        assert linked.membership_id is not None  # noqa: S101 - nothing was refused


def _read_end(raw: str | None) -> datetime | None:
    return None if raw is None else datetime.fromisoformat(raw)


def enter_row(demo: DemoOrganization, origin: Origin, till: str, row: Row) -> None:
    """Enter the transaction or return of a row; with an ``id``, under that primary key."""
    if "id" in row:
        continue_after(Transaction, row.pop("id") - 1)
    sale = Sale(
        type=row.pop("transaction_type", "REGULAR"),
        till_id=demo.entity_ids[till],
        lines=[SaleLine(**line) for line in row.pop("lines", ())],
        **row,
    )
    enter_transaction(origin=origin, sale=sale)


def _movement(demo: DemoOrganization, origin: Origin, till: str, row: Row) -> Movement:
    zone, expires_at = demo.org.zone, None
    if "valid_days" in row:
        last_day = (origin.at + timedelta(days=row.pop("valid_days"))).astimezone(zone).date()
        expires_at = end_of_day(last_day, zone)
    issued_by_id = demo.entity_ids[row.pop("store", till)]
    return Movement(issued_by_id=issued_by_id, expires_at=expires_at, **row)
