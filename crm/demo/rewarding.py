"""Writing what happened to the members among the people of the documents."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from crm.demo.happened import HAPPENED, NOT_COUNTED, NOT_INTERESTED_ID
from crm.demo.happening import (
    BringsBack,
    Buys,
    GetsCard,
    GetsCoupon,
    Gives,
    Happening,
    Joins,
    Moves,
    RedeemsCoupon,
    moment,
)
from crm.demo.ids import continue_after
from crm.demo.organizations import Shop
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.rules.times import end_of_day
from loyalty.models import PartnerMembership, PartnerTier, Transaction
from loyalty.operations.cards.issue import CardIssueRequest, issue_card
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupon
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.operations.enrollments.enroll import enroll_customer
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.enrollments import EnrollmentRequest
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale, SaleLine

# Where whoever enters something does not say otherwise, coupons were issued there.
COUPON_STORE = "storecode"


@within_unit_of_work
def reward(shop: Shop, *, now: datetime, happened: Sequence[Happening] = HAPPENED) -> None:
    """Write it all in the order in which it happened, each at its moment."""
    for one in sorted(happened, key=lambda one: moment(one.at, now=now)):
        _write(shop, one, now)
    # The one transaction that the documents name by its number.
    continue_after(Transaction, NOT_INTERESTED_ID - 1)
    _write(shop, NOT_COUNTED, now)


def _write(shop: Shop, one: Happening, now: datetime) -> None:
    origin = shop.origin(one.till, moment(one.at, now=now))
    match one:
        case Joins():
            _join(origin, one)
        case Buys() | BringsBack():
            enter_transaction(origin=origin, sale=_sale(shop, one))
        case Moves():
            post_movement(origin=origin, movement=_movement(shop, origin, one))
        case Gives():
            transfer_points(
                origin=origin,
                transfer=Transfer(
                    from_customer_id=one.who,
                    to_customer_id=one.to,
                    points=one.points,
                    notes=one.notes,
                ),
            )
        case GetsCard():
            issue_card(
                origin=origin,
                request=CardIssueRequest(
                    customer_id=one.who,
                    source_account_id=shop.account_ids[one.place],
                    number=one.number,
                    external_id=one.external_id,
                    series_id=one.series,
                    label=one.label,
                    custom_fields=one.custom_fields,
                    extended_fields=one.extended_fields,
                ),
            )
        case GetsCoupon():
            issue_coupon(
                origin=origin,
                request=CouponIssueRequest(
                    series_id=one.series,
                    customer_id=one.who,
                    transaction_number=one.number,
                    issued_in_id=shop.entity_ids[COUPON_STORE],
                    code=one.code,
                ),
            )
        case RedeemsCoupon():
            redeem_coupon(
                origin=origin,
                code=one.code,
                customer_id=one.who,
                bill_amount=one.bill,
                transaction_number=one.number,
            )


def _join(origin: Origin, one: Joins) -> None:
    joined = enroll_customer(
        origin=origin,
        request=EnrollmentRequest(
            customer_id=one.who, program_id=one.program, earns_bonus=one.earns_bonus
        ),
    )
    assert joined.enrollment_id is not None  # noqa: S101 - there was no refusal
    for partner, number, serial, ends in one.partners:
        tier = PartnerTier.objects.filter(partner_program_id=partner, serial=serial or 0).first()
        PartnerMembership.objects.create(
            enrollment_id=joined.enrollment_id,
            partner_program_id=partner,
            membership_id=number,
            tier=tier,
            tier_expires_at=datetime.fromisoformat(ends) if ends else None,
        )


def _sale(shop: Shop, one: Buys | BringsBack) -> Sale:
    if isinstance(one, BringsBack):
        return Sale(
            number=one.number,
            type="RETURN",
            customer_id=one.who,
            program_id=one.program,
            till_id=shop.entity_ids[one.till],
            amount=one.amount,
            returned_number=one.bill,
        )
    return Sale(
        number=one.number,
        type=one.type,
        customer_id=one.who,
        program_id=one.program,
        till_id=shop.entity_ids[one.till],
        discount=one.discount,
        notes=one.notes,
        payments=one.payments,
        custom_fields=one.custom_fields,
        extended_fields=one.extended_fields,
        lines=[
            SaleLine(item_code=code, description=name, quantity=quantity, rate=rate)
            for code, name, quantity, rate in one.lines
        ],
    )


def _movement(shop: Shop, origin: Origin, one: Moves) -> Movement:
    last_day = (origin.at + timedelta(days=one.days or 0)).astimezone(origin.org.zone).date()
    return Movement(
        customer_id=one.who,
        kind=one.kind,
        points=one.points,
        program_id=one.program,
        transaction_number=one.number,
        notes=one.notes,
        issued_by_id=shop.entity_ids[one.store or one.till],
        expires_at=end_of_day(last_day, origin.org.zone) if one.days else None,
    )
