"""Issuing coupons: for one customer and for thousands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Count, F, Max, Q, QuerySet

from crm.kernel.bulk import take_ids
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
from loyalty.operations.writing_coupons import NewCoupon, issued_before, write_coupons
from loyalty.rules.coupons import (
    Held,
    IssueLimits,
    clean_code,
    coupon_expiry,
    decide_issue,
    is_over,
)

LARGEST_ID = 2**63 - 1
LONGEST_NUMBER = 100
# What is only planned is newer than all that is stored.
_BEYOND_ALL_KEYS = 2**62


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


@dataclass(slots=True)
class CouponForeseen:
    """What would become of a wish now; ``refusal`` says why nothing would.

    ``is_resent``: the customer holds one, which is answered again.
    """

    series: CouponSeries | None
    expires_at: datetime | None = None
    is_resent: bool = False
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Surroundings:
    """What the list has to know of the database, and what it has decided so far."""

    customers: Mapping[int, Customer]
    series: Mapping[int, CouponSeries]
    held: dict[tuple[int, int], Held]
    issued: dict[int, int]
    taken: set[str]
    before: Mapping[str, Coupon]
    here: set[str] = field(default_factory=set)

    def as_found(self) -> "_Surroundings":
        """The same, to which may be added what leaves this one alone."""
        held = {key: replace(had) for key, had in self.held.items()}
        return replace(self, held=held, issued=dict(self.issued), taken=set(self.taken), here=set())


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
    customers = lock_customers(_named(w.customer_id for w in wishes))
    # After the customers, in the order of the keys: what was issued so far is true until the end.
    series = {row.pk: row for row in _series_of(origin, wishes).select_for_update()}
    around = _look_around(origin, wishes, customers, series)
    ids = iter(take_ids(Coupon, len(wishes)))
    new: list[tuple[NewCoupon, CouponIssued]] = []
    resent: list[tuple[int, CouponIssued]] = []
    for wish, outcome in zip(wishes, outcomes, strict=True):
        try:
            decided = _decide(origin, wish, outcome, around, ids)
        except DomainError as refusal:
            outcome.refusal = refusal
            continue
        if isinstance(decided, NewCoupon):
            new.append((decided, outcome))
        elif decided is not None:
            resent.append((decided, outcome))
    refused = write_coupons(origin=origin, coupons=[coupon for coupon, _ in new])
    for coupon, outcome in new:
        outcome.refusal = refused.get(coupon.id)
        if outcome.refusal is None:
            outcome.coupon_id, outcome.code = coupon.id, coupon.code
            outcome.expires_at = coupon.expires_at
        else:
            around.issued[coupon.series.pk] -= 1
    _count(series, around.issued)
    _resend(resent)
    return outcomes


def plan_coupons(*, origin: Origin, wishes: Sequence[CouponIssue]) -> list[CouponForeseen]:
    """Say what ``issue_coupons`` would do for each wish if it were the only one; write nothing."""
    customers = Customer.objects.in_bulk(_named(w.customer_id for w in wishes))
    series = {row.pk: row for row in _series_of(origin, wishes)}
    around = _look_around(origin, wishes, customers, series)
    planned = []
    for wish in wishes:
        foreseen = CouponForeseen(series.get(wish.series_id))
        planned.append(foreseen)
        try:
            decided = _decide(
                origin, wish, CouponIssued(), around.as_found(), iter([_BEYOND_ALL_KEYS])
            )
        except DomainError as refusal:
            foreseen.refusal = refusal
        else:
            if isinstance(decided, NewCoupon):
                foreseen.expires_at = decided.expires_at
            else:
                foreseen.is_resent = True
    return planned


def _named(ids: Iterable[int]) -> set[int]:
    return {pk for pk in ids if 0 < pk <= LARGEST_ID}


def _series_of(origin: Origin, wishes: Sequence[CouponIssue]) -> QuerySet[CouponSeries]:
    named = _named(wish.series_id for wish in wishes)
    return CouponSeries.objects.filter(org_id=origin.org.pk, pk__in=named).order_by("pk")


def _look_around(
    origin: Origin,
    wishes: Sequence[CouponIssue],
    customers: Mapping[int, Customer],
    series: Mapping[int, CouponSeries],
) -> _Surroundings:
    return _Surroundings(
        customers=customers,
        series=series,
        held=_what_they_had(origin, list(customers), list(series)),
        issued={pk: row.issued_count for pk, row in series.items()},
        taken=_taken_codes(origin, wishes),
        before=issued_before(origin, [wish.reference for wish in wishes]),
    )


def _decide(
    origin: Origin,
    wish: CouponIssue,
    outcome: CouponIssued,
    around: _Surroundings,
    ids: Iterator[int],
) -> NewCoupon | int | None:
    """What comes of a wish: a new coupon, the key of one to resend, or nothing but a repetition.

    What is decided counts for what follows. Raises the refusals of ``issue_coupons``.
    """
    _check_customer(origin, around.customers.get(wish.customer_id), wish.customer_id)
    of = around.series.get(wish.series_id)
    if of is None:
        raise errors.CouponSeriesUnknown()
    if wish.reference in around.before:
        _repeat(outcome, wish, around.before[wish.reference])
        return None
    if wish.reference in around.here:
        raise errors.ReferenceUsedOtherwise(reference=wish.reference)
    if len(wish.transaction_number) > LONGEST_NUMBER or not is_writable(wish.transaction_number):
        raise errors.CouponTransactionInvalid()
    given_code = "" if wish.code is None else clean_code(wish.code)
    if wish.code is not None and not given_code:
        raise errors.CouponCodeInvalid()
    if given_code in around.taken:
        raise errors.CouponCodeTaken()
    reason = clean_reason(wish.reason)
    had = around.held.setdefault((wish.customer_id, of.pk), Held())
    expires_at = coupon_expiry(
        issued_at=origin.at,
        days=of.valid_days,
        last_day=of.valid_till_date,
        zone=origin.org.zone,
        own_day=wish.last_day,
    )
    if wish.last_day is not None and is_over(end_of_day(wish.last_day, origin.org.zone), origin.at):
        raise errors.CouponExpired()
    limits = _limits(of, over=is_over(expires_at, origin.at))
    again = decide_issue(limits=limits, issued=around.issued[of.pk], held=had, now=origin.at)
    if again is not None:
        return again
    around.taken |= {given_code} - {""}
    around.here |= {wish.reference} - {""}
    around.issued[of.pk] += 1
    # What the list itself issues counts for what follows in it.
    had.issued, had.last_issued_at = had.issued + 1, origin.at
    had.good_id = next(ids)
    return NewCoupon(
        id=had.good_id,
        series=of,
        customer_id=wish.customer_id,
        expires_at=expires_at,
        given_code=given_code,
        transaction_number=wish.transaction_number,
        issued_in_id=wish.issued_in_id,
        reason=reason,
        reference=wish.reference,
    )


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
