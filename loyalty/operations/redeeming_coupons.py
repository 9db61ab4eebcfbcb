"""Redeeming coupons, and taking them back."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Max, Q

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors as customer_errors
from customers.models import Customer
from customers.operations.locking import lock_customers
from customers.rules.reasons import clean_reason
from customers.rules.text import is_writable
from loyalty import errors
from loyalty.models import Coupon, CouponRedemption, CouponSeries
from loyalty.queries.places import list_places, store_of
from loyalty.rules.coupons import Presented, check_redemption, clean_code, discount_of
from loyalty.rules.fraud import is_refused

LARGEST_ID = 2**63 - 1
LONGEST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A redemption that was made; ``discount`` is None where the bill was not told."""

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
) -> Redeemed:
    """Redeem the coupon for the customer who brings it, at the origin's till.

    Raises:
        CouponUnknown: the organization has no such code.
        CustomerUnknown, CustomerMerged: nobody brings it.
        MarkedAsFraud: the customer is refused redemptions (618).
        CouponTransactionInvalid: the number of the bill cannot be kept.
        CouponNotYours, CouponRevoked, CouponExpired, CouponNotYetActive, CouponRedeemed,
        CouponNotHere, CouponNotNow, CouponBillOutOfRange, CouponRedemptionLimitReached,
        CouponRedeemedTooSoon: the coupon or its series does not allow it.
    """
    _check_number(transaction_number)
    # Locked, so that a customer's redemptions are counted one after another.
    _lock_bearer(origin, customer_id)
    coupon = (
        Coupon.objects.select_related("series")
        .filter(org_id=origin.org.pk, code=clean_code(code))
        .first()
    )
    if coupon is None:
        raise errors.CouponUnknown()
    places = list_places(org_id=origin.org.pk, entity_id=origin.actor_id)
    check_redemption(
        _present(coupon, customer_id),
        customer_id=customer_id,
        bill=bill_amount,
        places=[place.pk for place in places],
        now=origin.at,
        zone=origin.org.zone,
    )
    # Two tills may both have come this far: the statement lets the last redemption go to one.
    if not Coupon.objects.redeem(pk=coupon.pk, now=origin.at):
        coupon.refresh_from_db(fields=["revoked_at"])
        raise errors.CouponRevoked() if coupon.revoked_at else errors.CouponRedeemed()
    _count(origin, coupon.series)
    discount = discount_of(
        kind=coupon.series.discount_type,
        value=coupon.series.discount_value,
        upto=coupon.series.discount_upto,
        bill=bill_amount,
    )
    redemption = CouponRedemption.objects.create(
        coupon=coupon,
        customer_id=customer_id,
        redeemed_by_id=origin.actor_id,
        redeemed_in_id=store_of(places),
        redeemed_at=origin.at,
        transaction_number=transaction_number,
        bill_amount=bill_amount,
        discount=discount,
    )
    _tell(origin, "coupon.redeemed", coupon.pk, {"customer": customer_id, "by": redemption.pk})
    return Redeemed(redemption.pk, coupon.pk, discount)


@within_unit_of_work
def revoke_coupon(*, origin: Origin, coupon_id: int, reason: str) -> None:
    """Take a coupon back; what was redeemed stays redeemed.

    Raises:
        CouponUnknown: the organization has no such coupon.
        CouponRevoked: it was taken back before.
        ReasonMissing, ReasonInvalid: there is no reason, or one that cannot be kept.
    """
    reason = clean_reason(reason)
    if not reason:
        raise customer_errors.ReasonMissing()
    coupons = Coupon.objects.filter(pk=coupon_id, org_id=origin.org.pk)
    if not coupons.filter(revoked_at__isnull=True).update(
        revoked_at=origin.at, revoked_by_id=origin.actor_id, revoke_reason=reason
    ):
        raise errors.CouponRevoked() if coupons.exists() else errors.CouponUnknown()
    _tell(origin, "coupon.revoked", coupon_id, {"reason": reason})


def _check_number(transaction_number: str) -> None:
    if len(transaction_number) > LONGEST_NUMBER or not is_writable(transaction_number):
        raise errors.CouponTransactionInvalid()


def _lock_bearer(origin: Origin, customer_id: int) -> Customer:
    within = 0 < customer_id <= LARGEST_ID
    customer = lock_customers([customer_id]).get(customer_id) if within else None
    if customer is None or customer.org_id != origin.org.pk:
        raise customer_errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise customer_errors.CustomerMerged(survivor_id=customer.merged_into_id)
    if is_refused(customer.fraud_status):
        raise errors.MarkedAsFraud()
    return customer


def _present(coupon: Coupon, customer_id: int) -> Presented:
    series = coupon.series
    of_user = CouponRedemption.objects.filter(
        coupon__series_id=series.pk, customer_id=customer_id
    ).aggregate(
        count=Count("pk"), last=Max("redeemed_at"), same=Count("pk", filter=Q(coupon=coupon))
    )
    most = coupon.max_redemptions
    return Presented(
        issued_to=coupon.customer_id,
        transferable=series.transferable or series.any_user,
        revoked=coupon.revoked_at is not None,
        active_from=coupon.active_from,
        expires_at=coupon.expires_at,
        redemptions_left=None if most is None else most - coupon.redemption_count,
        redeemed_before=of_user["same"] > 0,
        same_user_may_repeat=series.same_user_may_repeat,
        redeemable_from=series.redeemable_from,
        redeemable_when=series.redeemable_when,
        redeemable_at=list(series.redeemable_at.values_list("pk", flat=True)),
        min_bill=series.min_bill_amount,
        max_bill=series.max_bill_amount,
        redemptions_of_user=of_user["count"],
        last_redeemed_at=of_user["last"],
        max_redemptions_per_user=series.max_redemptions_per_user,
        min_days_between=series.min_days_between_redemptions,
    )


def _count(origin: Origin, series: CouponSeries) -> None:
    room = Q(max_redeem__isnull=True) | Q(redeemed_count__lt=F("max_redeem"))
    if not CouponSeries.objects.filter(room, pk=series.pk).update(
        redeemed_count=F("redeemed_count") + 1, last_used_at=origin.at
    ):
        raise errors.CouponRedemptionLimitReached(limit=series.max_redeem)


def _tell(origin: Origin, kind: str, coupon_id: int, after: dict[str, object]) -> None:
    record_events(origin=origin, events=[NewEvent(kind, "coupon", coupon_id, after=after)])
