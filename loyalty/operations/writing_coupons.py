"""Writing coupons that were granted, each under a code that no other has."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import Coupon, CouponSeries
from loyalty.rules.coupons import draw_codes

# Codes are drawn from 10^14: meeting one that is there twice in a row does not happen.
MOST_ROUNDS = 10


@dataclass(slots=True, kw_only=True)
class NewCoupon:
    """A coupon to be written; without a ``given_code`` its ``code`` is drawn in the writing."""

    id: int
    series: CouponSeries
    customer_id: int
    expires_at: datetime | None
    given_code: str
    transaction_number: str
    issued_in_id: int | None
    reason: str
    reference: str
    code: str = ""


@within_unit_of_work
def write_coupons(*, origin: Origin, coupons: Sequence[NewCoupon]) -> dict[int, DomainError]:
    """Write the coupons; return, by key, why some were not.

    Another unit was faster: CouponCodeTaken for a given code, ReferenceUsedOtherwise.
    """
    refused: dict[int, DomainError] = {}
    waiting = {coupon.id: coupon for coupon in coupons}
    for _ in range(MOST_ROUNDS):
        codes = sorted(draw_codes(len(waiting)))
        for coupon, code in zip(waiting.values(), codes, strict=True):
            coupon.code = coupon.given_code or code
        written = _insert(origin, list(waiting.values()))
        lost = {pk: coupon for pk, coupon in waiting.items() if pk not in written}
        waiting = {}
        # Another unit may have used a reference for somebody else, whom no lock here holds.
        used = issued_before(origin, [coupon.reference for coupon in lost.values()])
        for pk, coupon in lost.items():
            if coupon.reference in used:
                refused[pk] = errors.ReferenceUsedOtherwise(reference=coupon.reference)
            elif coupon.given_code:
                refused[pk] = errors.CouponCodeTaken()
            else:
                waiting[pk] = coupon
        if not waiting:
            _record(origin, [coupon for coupon in coupons if coupon.id not in refused])
            return refused
    raise AssertionError("codes that were drawn were there already, again and again")


def issued_before(origin: Origin, references: Collection[str]) -> dict[str, Coupon]:
    """What was issued under these references; under the customers' locks it stays true."""
    named = set(references) - {""}
    if not named:
        return {}
    rows = Coupon.objects.filter(org_id=origin.org.pk, reference__in=named)
    return {row.reference: row for row in rows}


def _insert(origin: Origin, coupons: Sequence[NewCoupon]) -> set[int]:
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
            # In the order of the codes: two units that bring the same ones wait in one direction.
            for coupon in sorted(coupons, key=lambda coupon: (coupon.code, coupon.id))
        ],
    )  # fmt: skip


def _record(origin: Origin, coupons: Sequence[NewCoupon]) -> None:
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
