"""Redeem and revoke coupons."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Max, Q

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors as customer_errors
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.rules.text import clean_reason, is_writable
from loyalty import errors
from loyalty.models import Coupon, CouponRedemption, CouponSeries
from loyalty.queries.entities import find_store_id, list_entity_chain
from loyalty.rules.coupons import PresentedCoupon, check_redemption, clean_code, get_discount
from loyalty.rules.fraud import is_refused_for_fraud

MAX_NUMBER_LENGTH = 100


@dataclass(frozen=True, slots=True)
class RedemptionResult:
    """A redemption; ``discount`` is None without a bill amount."""

    redemption_id: int
    coupon_id: int
    discount: Decimal | None


@within_unit_of_work
def redeem_coupon(
    *,
    origin: Origin,
    code: str,
    customer_id: int,
    bill_amount: Decimal | None = None,
    transaction_number: str = "",
) -> RedemptionResult:
    """Redeem a coupon for the customer who presents it, at the till of the origin.

    Raises:
        CouponUnknown: the organization has no coupon with this code.
        CustomerUnknown, CustomerMerged: there is no such active customer.
        MarkedAsFraud: the customer is refused redemptions (618).
        CouponTransactionInvalid: the transaction number cannot be stored.
        CouponNotYours, CouponRevoked, CouponExpired, CouponNotYetActive, CouponRedeemed,
        CouponNotHere, CouponNotNow, CouponBillOutOfRange, CouponRedemptionLimitReached,
        CouponRedeemedTooSoon: the coupon or its series does not allow it.
    """
    _check_transaction_number(transaction_number)
    # Locked, so that concurrent redemptions of a customer are counted correctly.
    _lock_customer(origin, customer_id)
    coupon = (
        Coupon.objects.select_related("series")
        .filter(org_id=origin.org.pk, code=clean_code(code))
        .first()
    )
    if coupon is None:
        raise errors.CouponUnknown()
    entities = list_entity_chain(org_id=origin.org.pk, entity_id=origin.actor_id)
    check_redemption(
        _build_presented_coupon(coupon, customer_id),
        customer_id=customer_id,
        bill=bill_amount,
        entity_ids=[entity.pk for entity in entities],
        now=origin.at,
        zone=origin.org.zone,
    )
    # Two tills can get here at once: the statement gives the last redemption to one of them.
    if not Coupon.objects.redeem(pk=coupon.pk, now=origin.at):
        coupon.refresh_from_db(fields=["revoked_at"])
        raise errors.CouponRevoked() if coupon.revoked_at else errors.CouponRedeemed()
    _count_redemption(origin, coupon.series)
    discount = get_discount(
        kind=coupon.series.discount_type,
        value=coupon.series.discount_value,
        upto=coupon.series.discount_upto,
        bill=bill_amount,
    )
    redemption = CouponRedemption.objects.create(
        coupon=coupon,
        customer_id=customer_id,
        redeemed_by_id=origin.actor_id,
        redeemed_in_id=find_store_id(entities),
        redeemed_at=origin.at,
        transaction_number=transaction_number,
        bill_amount=bill_amount,
        discount=discount,
    )
    _record_coupon_event(
        origin, "coupon.redeemed", coupon.pk, {"customer": customer_id, "by": redemption.pk}
    )
    return RedemptionResult(redemption.pk, coupon.pk, discount)


@within_unit_of_work
def revoke_coupon(*, origin: Origin, coupon_id: int, reason: str) -> None:
    """Revoke a coupon; its redemptions stay.

    Raises:
        CouponUnknown: the organization has no such coupon.
        CouponRevoked: it was revoked before.
        ReasonMissing, ReasonInvalid: the reason is blank or cannot be stored.
    """
    reason = clean_reason(reason)
    if not reason:
        raise customer_errors.ReasonMissing()
    coupons = Coupon.objects.filter(pk=coupon_id, org_id=origin.org.pk)
    if not coupons.filter(revoked_at__isnull=True).update(
        revoked_at=origin.at, revoked_by_id=origin.actor_id, revoke_reason=reason
    ):
        raise errors.CouponRevoked() if coupons.exists() else errors.CouponUnknown()
    _record_coupon_event(origin, "coupon.revoked", coupon_id, {"reason": reason})


def _check_transaction_number(transaction_number: str) -> None:
    if len(transaction_number) > MAX_NUMBER_LENGTH or not is_writable(transaction_number):
        raise errors.CouponTransactionInvalid()


def _lock_customer(origin: Origin, customer_id: int) -> Customer:
    is_valid_id = 0 < customer_id <= LARGEST_ID
    customer = lock_customers([customer_id]).get(customer_id) if is_valid_id else None
    if customer is None or customer.org_id != origin.org.pk:
        raise customer_errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise customer_errors.CustomerMerged(survivor_id=customer.merged_into_id)
    if is_refused_for_fraud(customer.fraud_status):
        raise errors.MarkedAsFraud()
    return customer


def _build_presented_coupon(coupon: Coupon, customer_id: int) -> PresentedCoupon:
    series = coupon.series
    user_redemptions = CouponRedemption.objects.filter(
        coupon__series_id=series.pk, customer_id=customer_id
    ).aggregate(
        count=Count("pk"), last=Max("redeemed_at"), same=Count("pk", filter=Q(coupon=coupon))
    )
    max_redemptions = coupon.max_redemptions
    return PresentedCoupon(
        issued_to=coupon.customer_id,
        transferable=series.transferable or series.any_user,
        revoked=coupon.revoked_at is not None,
        active_from=coupon.active_from,
        expires_at=coupon.expires_at,
        redemptions_left=None
        if max_redemptions is None
        else max_redemptions - coupon.redemption_count,
        redeemed_before=user_redemptions["same"] > 0,
        same_user_may_repeat=series.same_user_may_repeat,
        redeemable_from=series.redeemable_from,
        redeemable_when=series.redeemable_when,
        redeemable_at=list(series.redeemable_at.values_list("pk", flat=True)),
        min_bill=series.min_bill_amount,
        max_bill=series.max_bill_amount,
        redemptions_of_user=user_redemptions["count"],
        last_redeemed_at=user_redemptions["last"],
        max_redemptions_per_user=series.max_redemptions_per_user,
        min_days_between=series.min_days_between_redemptions,
    )


def _count_redemption(origin: Origin, series: CouponSeries) -> None:
    has_room = Q(max_redeem__isnull=True) | Q(redeemed_count__lt=F("max_redeem"))
    if not CouponSeries.objects.filter(has_room, pk=series.pk).update(
        redeemed_count=F("redeemed_count") + 1, last_used_at=origin.at
    ):
        raise errors.CouponRedemptionLimitReached(limit=series.max_redeem)


def _record_coupon_event(
    origin: Origin, kind: str, coupon_id: int, after: dict[str, object]
) -> None:
    record_events(origin=origin, events=[NewEvent(kind, "coupon", coupon_id, after=after)])
