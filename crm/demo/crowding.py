"""Writing the crowd's loyalty: memberships, cards and coupons, then what they bought by month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from crm.demo.crowd import Stranger
from crm.demo.organizations import TILLS, Shop
from crm.demo.people import INSTORE
from crm.demo.programs import WELCOME_SERIES
from crm.demo.series import CLUB
from crm.demo.shopping import Bill, Shopper, make_shoppers
from crm.kernel.errors import DomainError
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

# Who enters what the tills have sent.
CLERK = "store.server"


class _Outcome(Protocol):
    refusal: DomainError | None


@dataclass(slots=True)
class _Month:
    """What was told in a month; before each bill and redemption its moment and a number."""

    newcomers: list[Shopper] = field(default_factory=list)
    bills: list[tuple[datetime, int, Shopper, Bill]] = field(default_factory=list)
    redeems: list[tuple[datetime, int, Shopper, int]] = field(default_factory=list)


@within_unit_of_work
def serve(shop: Shop, *, crowd: Sequence[Stranger], ids: Mapping[int, int], now: datetime) -> None:
    """Enrol the crowd and write their bills; ``ids`` are the customers' by their numbers."""
    shoppers = make_shoppers(crowd, now=now, zone=shop.org.zone)
    months = _by_month(shoppers, shop)
    for month in months:
        if month.newcomers:
            _welcome(shop, month.newcomers, ids)
    for month in months:
        if month.bills or month.redeems:
            _enter(shop, month, ids)
    sweep(now)


def sweep(now: datetime) -> None:
    """Let mature and expire what is due by now, as the worker would on its first round."""
    for chore in (mature_points, expire_points, review_tiers):
        while chore(now=now):
            pass


def _done(outcomes: Sequence[_Outcome]) -> None:
    """Nothing is refused here; if it is, the demo is wrong."""
    for outcome in outcomes:
        if outcome.refusal is not None:
            raise outcome.refusal


def _welcome(shop: Shop, group: Sequence[Shopper], ids: Mapping[int, int]) -> None:
    """Enrol them as they joined, with the bonus, a coupon and perhaps a card."""
    origin = shop.origin(CLERK, group[-1].stranger.joined)
    _done(
        enroll_customers(
            origin=origin,
            enrollment_requests=[
                EnrollmentRequest(
                    customer_id=ids[one.stranger.number],
                    earns_bonus=True,
                    enrolled_at=one.stranger.joined,
                )
                for one in group
            ],
        )
    )
    issued = issue_coupons(
        origin=origin,
        requests=[
            CouponIssueRequest(
                series_id=WELCOME_SERIES,
                customer_id=ids[one.stranger.number],
                issued_in_id=shop.entity_ids[TILLS[one.stranger.till]],
            )
            for one in group
        ],
    )
    _done(issued)
    for one, coupon in zip(group, issued, strict=True):
        if one.redeems_coupon_at is not None:
            redeem_coupon(
                origin=shop.origin(one.stranger.till, one.redeems_coupon_at),
                code=coupon.code,
                customer_id=ids[one.stranger.number],
            )
    _done(
        issue_cards(
            origin=origin,
            requests=[
                CardIssueRequest(
                    customer_id=ids[one.stranger.number],
                    source_account_id=shop.account_ids[INSTORE],
                    series_id=CLUB,
                    number=f"CLUB15{one.stranger.number:06}",
                    label="ACTIVE",
                )
                for one in group
                if one.has_card
            ],
        )
    )


def _by_month(shoppers: Sequence[Shopper], shop: Shop) -> list[_Month]:
    months: dict[tuple[int, int], _Month] = defaultdict(_Month)
    for one in shoppers:
        if one.is_member:
            day = one.stranger.joined.astimezone(shop.org.zone)
            months[day.year, day.month].newcomers.append(one)
        for bill in one.bills:
            day = bill.at.astimezone(shop.org.zone)
            months[day.year, day.month].bills.append((bill.at, bill.number, one, bill))
        if one.redeems is not None:
            at, points = one.redeems
            day = at.astimezone(shop.org.zone)
            months[day.year, day.month].redeems.append((at, one.stranger.number, one, points))
    return [months[key] for key in sorted(months)]


def _enter(shop: Shop, month: _Month, ids: Mapping[int, int]) -> None:
    bills, redeems = sorted(month.bills), sorted(month.redeems)
    # What was told by the end of the month is entered then, each with the moment of its own.
    origin = shop.origin(CLERK, max(at for at, *_ in (*bills[-1:], *redeems[-1:])))
    _done(
        enter_transactions(
            origin=origin, sales=[_sale(shop, one, bill, ids) for *_, one, bill in bills]
        )
    )
    _done(
        post_movements(
            origin=origin,
            movements=[
                Movement(
                    customer_id=ids[number],
                    kind="REDEEM",
                    points=points,
                    happened_at=at,
                    issued_by_id=shop.entity_ids[one.stranger.till],
                    transaction_number=f"R{number:06}",
                )
                for at, number, one, points in redeems
            ],
        )
    )


def _sale(shop: Shop, one: Shopper, bill: Bill, ids: Mapping[int, int]) -> Sale:
    return Sale(
        number=f"B{bill.number:06}",
        type="REGULAR" if bill.returns is None else "RETURN",
        customer_id=ids[one.stranger.number],
        till_id=shop.entity_ids[one.stranger.till],
        billed_at=bill.at,
        amount=bill.amount,
        lines=[
            SaleLine(item_code=code, description=name, quantity=quantity, rate=rate)
            for code, name, quantity, rate in bill.items
        ],
        returned_number="" if bill.returns is None else f"B{bill.returns:06}",
    )
