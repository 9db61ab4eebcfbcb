"""Write issued coupons, each with a unique code."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import Coupon, CouponSeries
from loyalty.rules.coupons import draw_codes

# Codes are drawn from 10^14 possible ones, so repeated conflicts do not happen in practice.
MAX_ROUNDS = 10


@dataclass(slots=True, kw_only=True)
class NewCoupon:
    """A coupon to be written; without a ``requested_code``, ``code`` is drawn on writing."""

    id: int
    series: CouponSeries
    customer_id: int
    expires_at: datetime | None
    requested_code: str
    transaction_number: str
    issued_in_id: int | None
    reason: str
    reference: str
    code: str = ""


@within_unit_of_work
def write_coupons(*, origin: Origin, coupons: Sequence[NewCoupon]) -> dict[int, DomainError]:
    """Write the coupons; return the refusals by coupon id.

    If another unit of work was faster: CouponCodeTaken or ReferenceUsedOtherwise.
    """
    refusals: dict[int, DomainError] = {}
    pending = {coupon.id: coupon for coupon in coupons}
    for _ in range(MAX_ROUNDS):
        codes = sorted(draw_codes(len(pending)))
        for coupon, code in zip(pending.values(), codes, strict=True):
            coupon.code = coupon.requested_code or code
        written_ids = _insert_coupons(origin, list(pending.values()))
        unwritten = {pk: coupon for pk, coupon in pending.items() if pk not in written_ids}
        pending = {}
        # Another unit of work may have used a reference for a customer not locked here.
        used_references = load_coupons_by_reference(
            origin, [coupon.reference for coupon in unwritten.values()]
        )
        for pk, coupon in unwritten.items():
            if coupon.reference in used_references:
                refusals[pk] = errors.ReferenceUsedOtherwise(reference=coupon.reference)
            elif coupon.requested_code:
                refusals[pk] = errors.CouponCodeTaken()
            else:
                pending[pk] = coupon
        if not pending:
            _record_issued_coupons(
                origin, [coupon for coupon in coupons if coupon.id not in refusals]
            )
            return refusals
    raise AssertionError("codes that were drawn were there already, again and again")


def load_coupons_by_reference(origin: Origin, references: Collection[str]) -> dict[str, Coupon]:
    """Load the coupons that have these references; the customers' locks keep this valid."""
    nonblank = set(references) - {""}
    if not nonblank:
        return {}
    rows = Coupon.objects.filter(org_id=origin.org.pk, reference__in=nonblank)
    return {row.reference: row for row in rows}


def _insert_coupons(origin: Origin, coupons: Sequence[NewCoupon]) -> set[int]:
    return insert_unless_taken(
        Coupon,
        (
            "id", "org_id", "series_id", "customer_id", "code", "issued_by_id",
            "issued_in_id", "issued_at", "active_from", "expires_at", "transaction_number",
            "max_redemptions", "redemption_count", "revoke_reason", "reference",
        ),
        [
            (
                coupon.id, origin.org.pk, coupon.series.pk, coupon.customer_id, coupon.code,
                origin.actor_id, coupon.issued_in_id, origin.at, origin.at,
                coupon.expires_at, coupon.transaction_number,
                coupon.series.max_redemptions_per_coupon, 0, "", coupon.reference,
            )
            # In the order of the codes, so that two units of work cannot deadlock.
            for coupon in sorted(coupons, key=lambda coupon: (coupon.code, coupon.id))
        ],
    )  # fmt: skip


def _record_issued_coupons(origin: Origin, coupons: Sequence[NewCoupon]) -> None:
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "coupon.issued",
                "coupon",
                coupon.id,
                after={
                    "series": coupon.series.pk,
                    "customer": coupon.customer_id,
                    **({"reason": coupon.reason} if coupon.reason else {}),
                },
            )
            for coupon in coupons
        ],
    )
