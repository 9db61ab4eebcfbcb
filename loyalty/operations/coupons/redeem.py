"""Redeem coupons at a till, and revoke them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, F, Value, When

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors as customer_errors
from customers.operations.one_time_codes import use_one_time_code
from customers.queries.one_time_codes import list_code_targets
from customers.rules.text import clean_reason
from loyalty import errors
from loyalty.models import Coupon, CouponRedemption, CouponSeries
from loyalty.operations.coupons.check_bills import (
    BillContext,
    BillResult,
    CheckedCoupon,
    CouponBill,
    check_bill,
    load_bill_context,
)

CODE_ACTION = "COUPON"


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
    """Redeem one coupon without asking for a one-time code.

    Raises the refusals of ``redeem_bill`` but those of the code and of the items.
    """
    bill = CouponBill(
        customer_id=customer_id,
        codes=[code],
        amount=bill_amount,
        transaction_number=transaction_number,
        skips_code=True,
    )
    [checked] = redeem_bill(origin=origin, bill=bill).coupons
    return RedemptionResult(checked.redemption_id, checked.get_coupon().pk, checked.discount)


@within_unit_of_work
def redeem_bill(*, origin: Origin, bill: CouponBill, store_id: int | None = None) -> BillResult:
    """Redeem all coupons that a customer presents for one bill, or none of them.

    ``store_id`` is the store of the bill, where the actor belongs to none; staff name it.

    Raises:
        CouponMissing, CouponRepeated: no coupon, too many, or one of them twice.
        CouponUnknown: the organization has no coupon with this code.
        CustomerUnknown, CustomerMerged: there is no such active customer.
        MarkedAsFraud: the customer is refused redemptions (618).
        StatusBlocksRedeeming: the customer's status label blocks it.
        CouponTransactionInvalid, AmountInvalid, LedgerDateInvalid: the number, amount or time of
        the bill cannot be one.
        CouponNotYours, CouponRevoked, CouponExpired, CouponNotYetActive, CouponRedeemed,
        CouponNotHere, CouponNotNow, CouponBillOutOfRange, CouponRedemptionLimitReached,
        CouponRedeemedTooSoon: the coupon or its series does not allow it.
        CouponNotForItems: the coupon is good for none of the items.
        CouponItemsMissing: the coupon is good for some items only, and they are not told.
        CouponExcluded: two coupons of the bill exclude each other.
        CodeRequired, CodeInvalid, CodeExpired: a code is needed, or this one is not good.
    """
    [result] = redeem_coupons(origin=origin, bills=[bill], store_id=store_id)
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def redeem_coupons(
    *, origin: Origin, bills: Sequence[CouponBill], store_id: int | None = None
) -> list[BillResult]:
    """Redeem the coupons of bills of one store; return one result for each bill, in order.

    All coupons of a bill are redeemed, or none. A refused bill affects no other; its result says
    why (``redeem_bill``). The customers are locked, then the coupons, then their series, each in
    key order: two tills at once never redeem a coupon too often.
    """
    context = load_bill_context(origin, bills, locks=True, store_id=store_id)
    results = []
    for bill in bills:
        before = context.keep()
        result = check_bill(origin, bill, context)
        if result.refusal is None:
            try:
                _check_items(bill, result)
                _use_code(origin, bill, result)
            except DomainError as refusal:
                result.refusal = refusal.detached()
        if result.refusal is not None:
            # What a refused bill would have redeemed does not count for the next one.
            context.restore(before)
        results.append(result)
    accepted = [pair for pair in zip(bills, results, strict=True) if pair[1].refusal is None]
    _write_redemptions(origin, accepted, context)
    return results


def plan_redemption(*, origin: Origin, bill: CouponBill, store_id: int | None = None) -> BillResult:
    """Return what ``redeem_bill`` would do now, apart from the one-time code; write nothing.

    Each coupon has its own refusal. The customer's refusal is that of the bill.
    """
    context = load_bill_context(origin, [bill], locks=False, store_id=store_id)
    return check_bill(origin, bill, context)


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


def _check_items(bill: CouponBill, result: BillResult) -> None:
    if not bill.skips_code and any(checked.needs_items for checked in result.coupons):
        raise errors.CouponItemsMissing()


def _use_code(origin: Origin, bill: CouponBill, result: BillResult) -> None:
    if bill.skips_code:
        return
    if bill.one_time_code:
        targets = list_code_targets(
            org_id=origin.org.pk, customer_id=bill.customer_id, action=CODE_ACTION
        )
        use_one_time_code(origin=origin, targets=targets, code=bill.one_time_code)
    elif any(checked.needs_code for checked in result.coupons):
        raise errors.CodeRequired()


def _write_redemptions(
    origin: Origin, accepted: Sequence[tuple[CouponBill, BillResult]], context: BillContext
) -> None:
    uses = [(bill, result, use) for bill, result in accepted for use in result.coupons]
    if not uses:
        return
    _count_redemptions(origin, [use for _, _, use in uses])
    rows = CouponRedemption.objects.bulk_create(
        CouponRedemption(
            coupon_id=use.get_coupon().pk,
            customer_id=bill.customer_id,
            redeemed_by_id=origin.actor_id,
            redeemed_in_id=context.store_id,
            redeemed_at=result.redeemed_at,
            transaction_number=bill.transaction_number,
            bill_amount=result.amount,
            discount=use.discount,
        )
        for bill, result, use in uses
    )
    for (_, _, use), row in zip(uses, rows, strict=True):
        use.redemption_id = row.pk
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "coupon.redeemed",
                "coupon",
                use.get_coupon().pk,
                after={"customer": bill.customer_id, "by": use.redemption_id},
            )
            for bill, _, use in uses
        ],
    )


def _count_redemptions(origin: Origin, uses: Sequence[CheckedCoupon]) -> None:
    """Count the redemptions; the statements let no coupon be redeemed too often.

    Bills of one list can present the same coupon: it is counted in rounds of different coupons.
    """
    left = Counter(use.get_coupon().pk for use in uses)
    while left:
        if not Coupon.objects.redeem(pks=sorted(left)):
            raise errors.CouponRedeemed()
        left -= Counter(list(left))
    of_series = Counter(use.get_coupon().series_id for use in uses)
    CouponSeries.objects.filter(pk__in=of_series).update(
        redeemed_count=F("redeemed_count")
        + Case(*(When(pk=pk, then=Value(count)) for pk, count in of_series.items())),
        last_used_at=origin.at,
    )


def _record_coupon_event(
    origin: Origin, kind: str, coupon_id: int, after: dict[str, object]
) -> None:
    record_events(origin=origin, events=[NewEvent(kind, "coupon", coupon_id, after=after)])
