"""Issue coupons: for one customer or for thousands."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Count, F, Max, Q

from crm.kernel.bulk import take_ids
from crm.kernel.errors import DomainError, Notice
from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import get_active_customer
from customers.queries.status_effects import StatusEffects, get_status_effects
from customers.rules import end_points
from customers.rules.status_effects import COUPONS
from customers.rules.text import clean_reason, is_writable
from customers.rules.times import end_of_day
from loyalty import errors, notices
from loyalty.models import Coupon, CouponSeries
from loyalty.operations.coupons.issue_counts import (
    count_issued,
    get_issued_counts,
    load_series,
    load_series_to_issue,
)
from loyalty.operations.coupons.texts import queue_coupon_texts
from loyalty.operations.coupons.write import NewCoupon, load_coupons_by_reference, write_coupons
from loyalty.queries.customer_blocks import check_block, check_end_point
from loyalty.rules.coupons import (
    CouponHistory,
    IssueLimits,
    clean_code,
    decide_issue,
    get_coupon_expiry,
    is_expired,
)

MAX_NUMBER_LENGTH = 100
# Planned rows get ids above all stored ones.
_FIRST_PLANNED_ID = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponIssueRequest:
    """A request to issue a coupon of a series to a customer, optionally for a transaction.

    ``code`` is for coupons that were issued elsewhere; without it a new code is drawn.
    ``last_day`` is the expiry of this coupon, instead of the days of the series. ``reference`` is
    the caller's own key: a coupon with the same reference is not issued again. ``is_silent``: the
    customer is sent no text, as for coupons that are brought in.
    """

    series_id: int
    customer_id: int
    transaction_number: str = ""
    issued_in_id: int | None = None
    code: object = None
    last_day: date | None = None
    reason: str = ""
    reference: str = ""
    is_silent: bool = False


@dataclass(slots=True)
class CouponIssueResult:
    """The result of one request: the coupon, new or resent (with a notice), or the refusal.

    ``is_repeat``: the coupon was issued before with the same reference.
    """

    coupon_id: int | None = None
    code: str = ""
    expires_at: datetime | None = None
    series: CouponSeries | None = None
    is_repeat: bool = False
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class PlannedCoupon:
    """What a request would do now, or why it would be refused.

    ``is_resent``: the coupon that the customer holds would be returned again.
    """

    series: CouponSeries | None
    expires_at: datetime | None = None
    is_resent: bool = False
    refusal: DomainError | None = None


@dataclass(slots=True)
class _IssueContext:
    """The rows needed to decide the list, and the decisions so far."""

    customers: Mapping[int, Customer]
    series: Mapping[int, CouponSeries]
    histories: dict[tuple[int, int], CouponHistory]
    issued: dict[int, int]
    taken_codes: set[str]
    earlier_coupons: Mapping[str, Coupon]
    effects: StatusEffects
    used_references: set[str] = field(default_factory=set)

    def copy(self) -> "_IssueContext":
        """Return an independent copy, so that changes to it do not affect this one."""
        histories = {key: replace(history) for key, history in self.histories.items()}
        return replace(
            self,
            histories=histories,
            issued=dict(self.issued),
            taken_codes=set(self.taken_codes),
            used_references=set(),
        )


@within_unit_of_work
def issue_coupon(*, origin: Origin, request: CouponIssueRequest) -> CouponIssueResult:
    """Issue one coupon; raise the refusal that ``issue_coupons`` returns."""
    [result] = issue_coupons(origin=origin, requests=[request])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def issue_coupons(
    *,
    origin: Origin,
    requests: Sequence[CouponIssueRequest],
    newcomers: Mapping[int, Customer] | None = None,
) -> list[CouponIssueResult]:
    """Issue coupons; return one result for each request, in order. Codes cannot be guessed.

    ``newcomers`` are customers whom this unit of work has created: they are not locked, and hold no
    coupons yet. With them, no other customers get coupons.

    Customers are sent the text of the series, also about a coupon that is resent.

    Refusals: CouponSeriesUnknown, CouponSeriesInactive, CouponSeriesExpired, CouponSeriesUsedUp,
    CouponHeld, CouponUserLimitReached, CouponTooSoon, CouponTransactionInvalid, CouponCodeInvalid,
    CouponCodeTaken, CouponExpired (its ``last_day`` is over), ReferenceUsedOtherwise;
    CustomerUnknown, CustomerMerged, StatusBlocksCoupons, ReasonInvalid.
    """
    outcomes = [CouponIssueResult() for _ in requests]
    customers = newcomers
    if customers is None:
        customers = lock_customers({request.customer_id for request in requests})
    series = load_series_to_issue(
        org_id=origin.org.pk, series_ids={request.series_id for request in requests}
    )
    context = _load_context(origin, requests, customers, series, has_history=newcomers is None)
    ids = iter(take_ids(Coupon, len(requests)))
    new_coupons: list[tuple[NewCoupon, CouponIssueResult]] = []
    resent_coupons: list[tuple[int, CouponIssueResult]] = []
    for request, outcome in zip(requests, outcomes, strict=True):
        outcome.series = series.get(request.series_id)
        try:
            decision = _decide_request(origin, request, outcome, context, ids)
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
            continue
        if isinstance(decision, NewCoupon):
            new_coupons.append((decision, outcome))
        elif decision is not None:
            resent_coupons.append((decision, outcome))
    refusals = write_coupons(origin=origin, coupons=[coupon for coupon, _ in new_coupons])
    for coupon, outcome in new_coupons:
        outcome.refusal = refusals.get(coupon.id)
        if outcome.refusal is None:
            outcome.coupon_id, outcome.code = coupon.id, coupon.code
            outcome.expires_at = coupon.expires_at
    count_issued(Counter(c.series.pk for c, outcome in new_coupons if outcome.refusal is None))
    _fill_resent_results(resent_coupons)
    queue_coupon_texts(origin=origin, coupons=_list_told_coupons(requests, outcomes))
    return outcomes


def _list_told_coupons(
    requests: Sequence[CouponIssueRequest], outcomes: Sequence[CouponIssueResult]
) -> list[tuple[int, CouponSeries]]:
    return [
        (outcome.coupon_id, outcome.series)
        for request, outcome in zip(requests, outcomes, strict=True)
        if outcome.coupon_id and outcome.series
        if not outcome.is_repeat and not request.is_silent
    ]


def plan_coupons(*, origin: Origin, requests: Sequence[CouponIssueRequest]) -> list[PlannedCoupon]:
    """Return what ``issue_coupons`` would do for each request as the only one; write nothing."""
    customers = Customer.objects.in_bulk(
        select_storable_ids(request.customer_id for request in requests)
    )
    series = load_series(
        org_id=origin.org.pk, series_ids={request.series_id for request in requests}
    )
    context = _load_context(origin, requests, customers, series)
    planned_coupons = []
    for request in requests:
        planned_coupon = PlannedCoupon(series.get(request.series_id))
        planned_coupons.append(planned_coupon)
        try:
            decision = _decide_request(
                origin, request, CouponIssueResult(), context.copy(), iter([_FIRST_PLANNED_ID])
            )
        except DomainError as refusal:
            planned_coupon.refusal = refusal.detached()
        else:
            if isinstance(decision, NewCoupon):
                planned_coupon.expires_at = decision.expires_at
            else:
                planned_coupon.is_resent = True
    return planned_coupons


def _load_context(
    origin: Origin,
    requests: Sequence[CouponIssueRequest],
    customers: Mapping[int, Customer],
    series: Mapping[int, CouponSeries],
    *,
    has_history: bool = True,
) -> _IssueContext:
    return _IssueContext(
        customers=customers,
        series=series,
        histories=_load_histories(origin, list(customers), list(series)) if has_history else {},
        issued=get_issued_counts(series),
        taken_codes=_find_taken_codes(origin, requests),
        earlier_coupons=load_coupons_by_reference(
            origin, [request.reference for request in requests]
        ),
        effects=get_status_effects(origin.org.pk),
    )


def _decide_request(
    origin: Origin,
    request: CouponIssueRequest,
    outcome: CouponIssueResult,
    context: _IssueContext,
    ids: Iterator[int],
) -> NewCoupon | int | None:
    """Return a new coupon, or the id of a coupon to resend, or None for a repeated request.

    The decision counts for later requests. Raises the refusals of ``issue_coupons``.
    """
    customer = get_active_customer(origin, context.customers, request.customer_id)
    check_block(context.effects, customer, COUPONS)
    check_end_point(customer, end_points.COUPONS)
    series = context.series.get(request.series_id)
    if series is None:
        raise errors.CouponSeriesUnknown()
    if request.reference in context.earlier_coupons:
        _fill_repeated_result(outcome, request, context.earlier_coupons[request.reference])
        return None
    if request.reference in context.used_references:
        raise errors.ReferenceUsedOtherwise(reference=request.reference)
    if len(request.transaction_number) > MAX_NUMBER_LENGTH or not is_writable(
        request.transaction_number
    ):
        raise errors.CouponTransactionInvalid()
    requested_code = "" if request.code is None else clean_code(request.code)
    if request.code is not None and not requested_code:
        raise errors.CouponCodeInvalid()
    if requested_code in context.taken_codes:
        raise errors.CouponCodeTaken()
    reason = clean_reason(request.reason)
    history = context.histories.setdefault((request.customer_id, series.pk), CouponHistory())
    expires_at = get_coupon_expiry(
        issued_at=origin.at,
        days=series.valid_days,
        last_day=series.valid_till_date,
        zone=origin.org.zone,
        coupon_last_day=request.last_day,
    )
    if request.last_day is not None and is_expired(
        end_of_day(request.last_day, origin.org.zone), origin.at
    ):
        raise errors.CouponExpired()
    limits = _build_limits(series, is_last_day_over=is_expired(expires_at, origin.at))
    resent_id = decide_issue(
        limits=limits, issued_count=context.issued[series.pk], history=history, now=origin.at
    )
    if resent_id is not None:
        return resent_id
    context.taken_codes |= {requested_code} - {""}
    context.used_references |= {request.reference} - {""}
    context.issued[series.pk] += 1
    # Coupons of this list count for the limits of later requests.
    history.issued, history.last_issued_at = history.issued + 1, origin.at
    history.redeemable_id = next(ids)
    return NewCoupon(
        id=history.redeemable_id,
        series=series,
        customer_id=request.customer_id,
        expires_at=expires_at,
        requested_code=requested_code,
        transaction_number=request.transaction_number,
        issued_in_id=request.issued_in_id,
        reason=reason,
        reference=request.reference,
    )


def _load_histories(
    origin: Origin, customer_ids: Sequence[int], series_ids: Sequence[int]
) -> dict[tuple[int, int], CouponHistory]:
    redeemable = (
        Q(revoked_at__isnull=True)
        & (Q(expires_at__isnull=True) | Q(expires_at__gte=origin.at))
        & (Q(max_redemptions__isnull=True) | Q(redemption_count__lt=F("max_redemptions")))
    )
    rows = (
        Coupon.objects.filter(customer_id__in=customer_ids, series_id__in=series_ids)
        .values_list("customer_id", "series_id")
        .annotate(issued=Count("pk"), last=Max("issued_at"), good=Max("pk", filter=redeemable))
        .order_by()
    )
    return {
        (customer_id, series_id): CouponHistory(count, last, redeemable_id)
        for customer_id, series_id, count, last, redeemable_id in rows
    }


def _find_taken_codes(origin: Origin, requests: Sequence[CouponIssueRequest]) -> set[str]:
    codes = {clean_code(request.code) for request in requests} - {""}
    if not codes:
        return set()
    rows = Coupon.objects.filter(org_id=origin.org.pk, code__in=codes)
    return set(rows.values_list("code", flat=True))


def _fill_repeated_result(
    outcome: CouponIssueResult, request: CouponIssueRequest, coupon: Coupon
) -> None:
    if (coupon.customer_id, coupon.series_id) != (request.customer_id, request.series_id):
        raise errors.ReferenceUsedOtherwise(reference=request.reference)
    outcome.is_repeat = True
    outcome.coupon_id, outcome.code = coupon.pk, coupon.code
    outcome.expires_at = coupon.expires_at


def _build_limits(series: CouponSeries, *, is_last_day_over: bool) -> IssueLimits:
    return IssueLimits(
        is_active=series.is_active,
        max_create=series.max_create,
        several_per_user=series.several_per_user,
        resend_held=series.resend_held,
        max_coupons_per_user=series.max_coupons_per_user,
        min_days_between=series.min_days_between_coupons,
        last_day_over=is_last_day_over,
    )


def _fill_resent_results(resent_coupons: Sequence[tuple[int, CouponIssueResult]]) -> None:
    """Fill in the resent coupons, which may be coupons of this list."""
    coupons = Coupon.objects.in_bulk([pk for pk, _ in resent_coupons])
    for pk, outcome in resent_coupons:
        if (coupon := coupons.get(pk)) is None:
            # A coupon of this list whose code another unit of work took at the same time.
            outcome.refusal = errors.CouponCodeTaken()
            continue
        outcome.coupon_id, outcome.code = pk, coupon.code
        outcome.expires_at = coupon.expires_at
        outcome.notices.append(Notice(notices.COUPON_RESENT))
