"""A coupon given to a customer out of goodwill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.domain.kinds.wording import NOTHING, amount, day, in_words
from crm.approvals.domain.reading import read_id
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer
from loyalty.errors import CouponSeriesUnknown, MarkedAsFraud
from loyalty.models import CouponSeries
from loyalty.operations.issuing_coupons import (
    CouponForeseen,
    CouponIssue,
    issue_coupons,
    plan_coupons,
)
from loyalty.operations.people import look_at_people
from loyalty.rules.fraud import is_refused

EXACTLY = 100


@dataclass(frozen=True, slots=True)
class GoodwillCoupon:
    """The customer gets a coupon of the series, under the request's own reference.

    A series whose coupons are resent answers with the one that the customer holds.
    """

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """Read the series and see that the customer may have one of its coupons.

        Raises:
            CouponSeriesUnknown: the organization has no such series, or none is named.
            MarkedAsFraud: the customer is refused goodwill (618).
            CouponSeriesInactive, CouponSeriesExpired, CouponSeriesUsedUp, CouponHeld,
            CouponUserLimitReached, CouponTooSoon: the series does not allow it.
        """
        series_id = read_id(ask.series_id)
        if series_id is None:
            raise CouponSeriesUnknown()
        if is_refused(customer.fraud_status):
            raise MarkedAsFraud(customer_id=customer.pk)
        wish = CouponIssue(series_id=series_id, customer_id=customer.pk)
        [foreseen] = plan_coupons(origin=origin, wishes=[wish])
        if foreseen.refusal is not None:
            raise foreseen.refusal
        return Draft(payload={"series_id": series_id})

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """The series, what a coupon is worth, how long it is good, and how many are left."""
        planned = plan_coupons(
            origin=Origin(org=org, actor_id=None, door="", at=now),
            wishes=[_wish(request) for request in requests],
        )
        people = look_at_people({request.customer_id for request in requests})
        return [
            _plan(org, foreseen, people[request.customer_id])
            for request, foreseen in zip(requests, planned, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Issue them all at once; refusals are those of ``issue_coupons``, and MarkedAsFraud."""
        people = look_at_people({request.customer_id for request in requests})
        fraud = {pk for pk, customer in people.items() if is_refused(customer.fraud_status)}
        given = [request for request in requests if request.customer_id not in fraud]
        issued = issue_coupons(origin=origin, wishes=[_wish(request) for request in given])
        refusals = {
            request.pk: outcome.refusal for request, outcome in zip(given, issued, strict=True)
        }
        return [
            MarkedAsFraud(customer_id=request.customer_id)
            if request.customer_id in fraud
            else refusals[request.pk]
            for request in requests
        ]


def _wish(request: Request) -> CouponIssue:
    return CouponIssue(
        series_id=request.payload["series_id"],
        customer_id=request.customer_id,
        issued_in_id=request.store_id,
        reason=request.reason,
        reference=f"request-{request.pk}",
    )


def _plan(org: Organization, foreseen: CouponForeseen, customer: Customer) -> Plan:
    refusal = foreseen.refusal
    if is_refused(customer.fraud_status):
        refusal = MarkedAsFraud(customer_id=customer.pk)
    facts: list[Fact] = []
    differences: list[Difference] = []
    if (series := foreseen.series) is not None:
        facts = [
            Fact("Series", f"{series.description} ({series.pk})"),
            Fact("Worth", _worth(series)),
            Fact("Coupons of the series left", _left(series)),
        ]
        if refusal is None and foreseen.is_resent:
            facts.append(Fact("The customer holds one", "It is sent again; no new one is issued."))
        elif refusal is None:
            facts.append(Fact("Good until", day(foreseen.expires_at, org.zone)))
            differences.append(Difference("Coupon", NOTHING, f"One of {series.description}"))
    return Plan(
        differences=differences,
        facts=facts,
        blockers=[] if refusal is None else [in_words(refusal)],
    )


def _worth(series: CouponSeries) -> str:
    if series.discount_type == CouponSeries.DiscountType.ABS:
        return f"{amount(series.discount_value)} off"
    cap = f", at most {amount(series.discount_upto)}" if series.discount_upto else ""
    return f"{amount(series.discount_value)} % off{cap}"


def _left(series: CouponSeries) -> str:
    if series.max_create is None:
        return "Without limit"
    left = max(series.max_create - series.issued_count, 0)
    # A larger number would be another one with every coupon that anybody gets: no preview of a
    # busy series would hold until its decision.
    return str(left) if left <= EXACTLY else f"More than {EXACTLY} of {series.max_create}"
