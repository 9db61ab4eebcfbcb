"""Issuing coupons: for one customer and for thousands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, F, Max, Q

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors as customer_errors
from customers.models import Customer
from customers.operations.locking import lock_customers
from customers.rules.reasons import clean_reason
from customers.rules.text import is_writable
from customers.rules.times import end_of_day
from loyalty import errors, notices
from loyalty.models import Coupon, CouponSeries
from loyalty.rules.coupons import (
    Held,
    IssueLimits,
    clean_code,
    coupon_expiry,
    decide_issue,
    draw_codes,
    is_over,
)

LARGEST_ID = 2**63 - 1
LONGEST_NUMBER = 100
# Codes are drawn from 10^14: meeting one that is there twice in a row does not happen.
MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponIssue:
    """One wish: a coupon of the series for the customer, who got it by a transaction, maybe.

    ``code`` is for coupons that were issued elsewhere; without one a new code is drawn.
    ``last_day`` is said of this coupon alone, and stands for the days of the series. A
    ``reference`` is the caller's own key: what was issued under it is not issued again.
    """

    series_id: int
    customer_id: int
    transaction_number: str = ""
    issued_in_id: int | None = None
    code: object = None
    last_day: date | None = None
    reason: str = ""
    reference: str = ""


@dataclass(slots=True)
class CouponIssued:
    """What became of one wish: the coupon, new or resent (a notice tells), or the refusal.

    ``is_repeat``: it was issued before, under the same reference.
    """

    coupon_id: int | None = None
    code: str = ""
    expires_at: datetime | None = None
    is_repeat: bool = False
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True, eq=False)
class _New:
    wish: CouponIssue
    outcome: CouponIssued
    series: CouponSeries
    expires_at: datetime | None
    given_code: str
    reason: str


@within_unit_of_work
def issue_coupon(*, origin: Origin, wish: CouponIssue) -> CouponIssued:
    """Issue one coupon; raises the refusal that ``issue_coupons`` tells."""
    [issued] = issue_coupons(origin=origin, wishes=[wish])
    if issued.refusal is not None:
        raise issued.refusal
    return issued


@within_unit_of_work
def issue_coupons(*, origin: Origin, wishes: Sequence[CouponIssue]) -> list[CouponIssued]:
    """Issue coupons and say what became of each wish, in order; codes cannot be guessed.

    Refusals: CouponSeriesUnknown, CouponSeriesInactive, CouponSeriesExpired, CouponSeriesUsedUp,
    CouponHeld, CouponUserLimitReached, CouponTooSoon, CouponTransactionInvalid, CouponCodeInvalid,
    CouponCodeTaken, CouponExpired (its own last day is over), ReferenceUsedOtherwise;
    CustomerUnknown, CustomerMerged, ReasonInvalid.
    """
    outcomes = [CouponIssued() for _ in wishes]
    customers = lock_customers({w.customer_id for w in wishes if 0 < w.customer_id <= LARGEST_ID})
    # After the customers, in the order of the keys: what was issued so far is true until the end.
    rows = CouponSeries.objects.filter(
        org_id=origin.org.pk, pk__in={w.series_id for w in wishes if 0 < w.series_id <= LARGEST_ID}
    )
    series = {row.pk: row for row in rows.order_by("pk").select_for_update()}
    held = _what_they_had(origin, list(customers), list(series))
    issued = {pk: row.issued_count for pk, row in series.items()}
    taken = _taken_codes(origin, wishes)
    before = _issued_before(origin, wishes)
    here: set[str] = set()
    ids = iter(take_ids(Coupon, len(wishes)))
    new: list[_New] = []
    resent: list[tuple[int, CouponIssued]] = []
    for wish, outcome in zip(wishes, outcomes, strict=True):
        try:
            _check_customer(origin, customers.get(wish.customer_id), wish.customer_id)
            of = series.get(wish.series_id)
            if of is None:
                raise errors.CouponSeriesUnknown()
            if wish.reference in before:
                _repeat(outcome, wish, before[wish.reference])
                continue
            if wish.reference in here:
                raise errors.ReferenceUsedOtherwise(reference=wish.reference)
            if len(wish.transaction_number) > LONGEST_NUMBER or not is_writable(
                wish.transaction_number
            ):
                raise errors.CouponTransactionInvalid()
            given_code = "" if wish.code is None else clean_code(wish.code)
            if wish.code is not None and not given_code:
                raise errors.CouponCodeInvalid()
            if given_code in taken:
                raise errors.CouponCodeTaken()
            reason = clean_reason(wish.reason)
            had = held.setdefault((wish.customer_id, of.pk), Held())
            expires_at = coupon_expiry(
                issued_at=origin.at,
                days=of.valid_days,
                last_day=of.valid_till_date,
                zone=origin.org.zone,
                own_day=wish.last_day,
            )
            if wish.last_day is not None and is_over(
                end_of_day(wish.last_day, origin.org.zone), origin.at
            ):
                raise errors.CouponExpired()
            limits = _limits(of, over=is_over(expires_at, origin.at))
            again = decide_issue(limits=limits, issued=issued[of.pk], held=had, now=origin.at)
            if again is not None:
                resent.append((again, outcome))
                continue
        except DomainError as refusal:
            outcome.refusal = refusal
            continue
        taken |= {given_code} - {""}
        here |= {wish.reference} - {""}
        issued[of.pk] += 1
        # What the list itself issues counts for what follows in it.
        had.issued, had.last_issued_at = had.issued + 1, origin.at
        had.good_id = outcome.coupon_id = next(ids)
        new.append(_New(wish, outcome, of, expires_at, given_code, reason))
    for item, why in _write(origin, new):
        new.remove(item)
        issued[item.series.pk] -= 1
        item.outcome.coupon_id, item.outcome.code = None, ""
        item.outcome.refusal = why
    _count(series, issued)
    _resend(resent)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "coupon.issued",
                "coupon",
                item.outcome.coupon_id or 0,
                after={
                    "series": item.series.pk,
                    "customer": item.wish.customer_id,
                    **({"reason": item.reason} if item.reason else {}),
                },
            )
            for item in new
        ],
    )
    return outcomes


def _check_customer(origin: Origin, customer: Customer | None, customer_id: int) -> None:
    if customer is None or customer.org_id != origin.org.pk:
        raise customer_errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise customer_errors.CustomerMerged(survivor_id=customer.merged_into_id)


def _what_they_had(
    origin: Origin, customer_ids: Sequence[int], series_ids: Sequence[int]
) -> dict[tuple[int, int], Held]:
    good = (
        Q(revoked_at__isnull=True)
        & (Q(expires_at__isnull=True) | Q(expires_at__gte=origin.at))
        & (Q(max_redemptions__isnull=True) | Q(redemption_count__lt=F("max_redemptions")))
    )
    rows = (
        Coupon.objects.filter(customer_id__in=customer_ids, series_id__in=series_ids)
        .values_list("customer_id", "series_id")
        .annotate(issued=Count("pk"), last=Max("issued_at"), good=Max("pk", filter=good))
        .order_by()
    )
    return {
        (customer_id, series_id): Held(count, last, good_id)
        for customer_id, series_id, count, last, good_id in rows
    }


def _taken_codes(origin: Origin, wishes: Sequence[CouponIssue]) -> set[str]:
    given = {clean_code(wish.code) for wish in wishes} - {""}
    if not given:
        return set()
    rows = Coupon.objects.filter(org_id=origin.org.pk, code__in=given)
    return set(rows.values_list("code", flat=True))


def _issued_before(origin: Origin, wishes: Sequence[CouponIssue]) -> dict[str, Coupon]:
    """What was issued under these references, read under the locks."""
    references = {wish.reference for wish in wishes} - {""}
    if not references:
        return {}
    rows = Coupon.objects.filter(org_id=origin.org.pk, reference__in=references)
    return {row.reference: row for row in rows}


def _repeat(outcome: CouponIssued, wish: CouponIssue, coupon: Coupon) -> None:
    if (coupon.customer_id, coupon.series_id) != (wish.customer_id, wish.series_id):
        raise errors.ReferenceUsedOtherwise(reference=wish.reference)
    outcome.is_repeat = True
    outcome.coupon_id, outcome.code = coupon.pk, coupon.code
    outcome.expires_at = coupon.expires_at


def _limits(series: CouponSeries, *, over: bool) -> IssueLimits:
    return IssueLimits(
        is_active=series.is_active,
        max_create=series.max_create,
        several_per_user=series.several_per_user,
        resend_held=series.resend_held,
        max_coupons_per_user=series.max_coupons_per_user,
        min_days_between=series.min_days_between_coupons,
        last_day_over=over,
    )


def _write(origin: Origin, new: Sequence[_New]) -> list[tuple[_New, DomainError]]:
    """Write the coupons; return those whose given code or reference another coupon has by now."""
    refused: list[tuple[_New, DomainError]] = []
    waiting = {item.outcome.coupon_id: item for item in new}
    for _ in range(MOST_ROUNDS):
        codes = sorted(draw_codes(len(waiting)))
        for item, code in zip(waiting.values(), codes, strict=True):
            item.outcome.code = item.given_code or code
            item.outcome.expires_at = item.expires_at
        # In the order of the codes: two units that bring the same ones wait in one direction.
        ordered = sorted(waiting.items(), key=lambda pair: (pair[1].outcome.code, pair[0]))
        written = insert_unless_taken(
            Coupon,
            (
                "id", "org_id", "series_id", "customer_id", "code", "issued_by_id",
                "issued_in_id", "issued_at", "active_from", "expires_at", "transaction_number",
                "max_redemptions", "redemption_count", "revoke_reason", "reference",
            ),
            [
                (
                    pk, origin.org.pk, item.series.pk, item.wish.customer_id, item.outcome.code,
                    origin.actor_id, item.wish.issued_in_id, origin.at, origin.at,
                    item.expires_at, item.wish.transaction_number,
                    item.series.max_redemptions_per_coupon, 0, "", item.wish.reference,
                )
                for pk, item in ordered
            ],
        )  # fmt: skip
        lost = {pk: item for pk, item in waiting.items() if pk not in written}
        waiting = {}
        # Another unit may have used a reference for somebody else, whom no lock here holds.
        used = _issued_before(origin, [item.wish for item in lost.values()])
        for pk, item in lost.items():
            if item.wish.reference in used:
                refusal = errors.ReferenceUsedOtherwise(reference=item.wish.reference)
                refused.append((item, refusal))
            elif item.given_code:
                refused.append((item, errors.CouponCodeTaken()))
            else:
                waiting[pk] = item
        if not waiting:
            return refused
    raise AssertionError("codes that were drawn were there already, again and again")


def _count(series: Mapping[int, CouponSeries], issued: Mapping[int, int]) -> None:
    for pk, count in issued.items():
        if count != series[pk].issued_count:
            CouponSeries.objects.filter(pk=pk).update(issued_count=count)


def _resend(resent: Sequence[tuple[int, CouponIssued]]) -> None:
    """Answer with the coupons that are held already, those of this list included."""
    coupons = Coupon.objects.in_bulk([pk for pk, _ in resent])
    for pk, outcome in resent:
        if (coupon := coupons.get(pk)) is None:
            # One of this list, whose code another unit took at this very moment.
            outcome.refusal = errors.CouponCodeTaken()
            continue
        outcome.coupon_id, outcome.code = pk, coupon.code
        outcome.expires_at = coupon.expires_at
        outcome.notices.append(Notice(notices.COUPON_RESENT))
