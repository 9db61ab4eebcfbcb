"""Requests for a goodwill coupon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.domain.kinds.formats import (
    NO_VALUE,
    format_amount,
    format_day,
    format_percent,
)
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_id
from crm.kernel.staff_texts import staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.messages import explain
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.queries.customers.active import load_customers
from customers.queries.status_effects import get_status_effects
from customers.rules.status_effects import GOODWILL
from loyalty.errors import CouponSeriesUnknown
from loyalty.models import CouponSeries
from loyalty.operations.coupons.issue import (
    CouponIssueRequest,
    PlannedCoupon,
    issue_coupons,
    plan_coupons,
)
from loyalty.queries.customer_blocks import check_block, find_block

EXACT_COUNT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class GoodwillCoupon:
    """Issue the customer a coupon of the series, with the request as its reference.

    If the series resends coupons, the customer's existing coupon is sent again.
    """

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Read the series and check that the customer may get one of its coupons.

        Raises:
            CouponSeriesUnknown: the series is missing or unknown.
            MarkedAsFraud: the customer is marked as fraud (618).
            StatusBlocksGoodwill, StatusBlocksCoupons: their status label blocks it.
            CouponSeriesInactive, CouponSeriesExpired, CouponSeriesUsedUp, CouponHeld,
            CouponUserLimitReached, CouponTooSoon: the series does not allow it.
        """
        series_id = read_id(new_request.series_id)
        if series_id is None:
            raise CouponSeriesUnknown()
        check_block(get_status_effects(origin.org.pk), customer, GOODWILL)
        coupon_issue = CouponIssueRequest(series_id=series_id, customer_id=customer.pk)
        [planned_coupon] = plan_coupons(origin=origin, requests=[coupon_issue])
        if planned_coupon.refusal is not None:
            raise planned_coupon.refusal
        return RequestDraft(payload={"series_id": series_id})

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show the series, the discount, the expiry date and the number of coupons left."""
        planned_coupons = plan_coupons(
            origin=Origin(org=org, actor_id=None, door="", at=now),
            requests=[_build_coupon_issue(request) for request in requests],
        )
        customers = load_customers({request.customer_id for request in requests})
        return [
            _build_plan(org, planned_coupon, customers[request.customer_id])
            for request, planned_coupon in zip(requests, planned_coupons, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Issue the coupons in bulk. Refusals: of ``issue_coupons``, and of ``check_block``."""
        customers = load_customers({request.customer_id for request in requests})
        effects = get_status_effects(origin.org.pk)
        blocks = {pk: find_block(effects, row, GOODWILL) for pk, row in customers.items()}
        eligible = [request for request in requests if blocks[request.customer_id] is None]
        issued = issue_coupons(
            origin=origin, requests=[_build_coupon_issue(request) for request in eligible]
        )
        refusals = {
            request.pk: outcome.refusal for request, outcome in zip(eligible, issued, strict=True)
        }
        return [blocks[request.customer_id] or refusals[request.pk] for request in requests]


def _build_coupon_issue(request: Request) -> CouponIssueRequest:
    return CouponIssueRequest(
        series_id=request.payload["series_id"],
        customer_id=request.customer_id,
        issued_in_id=request.store_id,
        reason=request.reason,
        reference=f"request-{request.pk}",
    )


def _build_plan(org: Organization, planned_coupon: PlannedCoupon, customer: Customer) -> Plan:
    refusal = planned_coupon.refusal
    refusal = find_block(get_status_effects(org.pk), customer, GOODWILL) or refusal
    facts: list[Fact] = []
    differences: list[Difference] = []
    if (series := planned_coupon.series) is not None:
        facts = [
            Fact(staff_text("Series"), f"{series.description} ({series.pk})"),
            Fact(staff_text("Discount"), _format_discount(series)),
            Fact(staff_text("Coupons left in the series"), _format_coupons_left(series)),
        ]
        if refusal is None and planned_coupon.is_resent:
            facts.append(
                Fact(
                    staff_text("Existing coupon"),
                    staff_text("Sent again; no new coupon is issued."),
                )
            )
        elif refusal is None:
            facts.append(
                Fact(staff_text("Expires"), format_day(planned_coupon.expires_at, org.zone))
            )
            differences.append(
                Difference(
                    staff_text("Coupon"),
                    NO_VALUE,
                    staff_text("One of {description}", description=series.description),
                )
            )
    return Plan(
        differences=differences,
        facts=facts,
        blockers=[] if refusal is None else [explain(refusal)],
    )


def _format_discount(series: CouponSeries) -> str:
    if series.discount_type == CouponSeries.DiscountType.ABS:
        return staff_text("{discount} off", discount=format_amount(series.discount_value))
    cap = (
        staff_text(", at most {points}", points=format_amount(series.discount_upto))
        if series.discount_upto
        else ""
    )
    return staff_text(
        "{discount} off{cap}", discount=format_percent(series.discount_value), cap=cap
    )


def _format_coupons_left(series: CouponSeries) -> str:
    if series.max_create is None:
        return staff_text("Without limit")
    left = max(series.max_create - series.issued_count, 0)
    # An exact large number would change with every issued coupon, and the digest of a busy
    # series would never match at the decision.
    return (
        str(left)
        if left <= EXACT_COUNT_LIMIT
        else staff_text(
            "More than {count} of {total}", count=EXACT_COUNT_LIMIT, total=series.max_create
        )
    )
