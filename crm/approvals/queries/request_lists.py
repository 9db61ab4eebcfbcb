"""Lists of requests for the APIs, with maker and checker."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from crm.approvals.models import Decision, Request

# Counting further would read the whole table.
MOST_COUNTED = 10_000
RELATED = ("maker__parent", "decision__actor", "decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Filters for requests. None or empty means no filter. ``until`` is exclusive."""

    customer_id: int | None = None
    kinds: Collection[str] = ()
    statuses: Collection[str] = ()
    ids: Collection[int] = ()
    first_id: int | None = None
    last_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    makers: Collection[int] | None = None
    checkers: Collection[int] | None = None
    one_step: bool | None = None
    auto_approved: bool | None = None
    program_id: int | None = None


@dataclass(frozen=True, slots=True)
class RequestPage:
    """One page of requests. ``total`` counts all matches, up to ``MOST_COUNTED``."""

    total: int
    requests: list[Request]


def list_requests(
    *,
    org_id: int,
    request_filter: RequestFilter,
    limit: int,
    offset: int = 0,
    order: str = "filed_at",
    ascending: bool = False,
) -> RequestPage:
    """Return a page of requests with maker, maker's parent, decision and checker; two queries.

    ``order`` is ``filed_at``, ``changed_at`` or ``id``, newest first unless ``ascending``. The
    customer filter also matches requests that name the customer as the other customer.
    """
    rows = _filter_requests(org_id, request_filter)
    sign = "" if ascending else "-"
    page = rows.select_related(*RELATED).order_by(f"{sign}{order}", f"{sign}id")
    return RequestPage(
        total=rows.order_by()[:MOST_COUNTED].count(),
        requests=list(page[offset : offset + limit]),
    )


def list_decisions_by_request(request_ids: Collection[int]) -> dict[int, list[Decision]]:
    """Return all decisions by request id, in order, including failed approvals. One query."""
    decisions: dict[int, list[Decision]] = {pk: [] for pk in request_ids}
    if decisions:
        rows = Decision.objects.filter(request_id__in=decisions).select_related("actor")
        for decision in rows.order_by("id"):
            decisions[decision.request_id].append(decision)
    return decisions


def _filter_requests(org_id: int, request_filter: RequestFilter) -> QuerySet[Request]:
    conditions: dict[str, Any] = {
        "kind__in": request_filter.kinds or None,
        "status__in": request_filter.statuses or None,
        "pk__in": request_filter.ids or None,
        "pk__gte": request_filter.first_id,
        "pk__lte": request_filter.last_id,
        "filed_at__gte": request_filter.since,
        "filed_at__lt": request_filter.until,
        "maker_id__in": request_filter.makers,
        "decision__actor_id__in": request_filter.checkers,
        "one_step": request_filter.one_step,
        "decision__auto_approved": request_filter.auto_approved or None,
        "payload__program_id": request_filter.program_id,
    }
    lookups = {name: value for name, value in conditions.items() if value is not None}
    rows = Request.objects.filter(org_id=org_id, **lookups)
    if request_filter.auto_approved is False:
        # Undecided requests are not auto-approved either.
        rows = rows.exclude(decision__auto_approved=True)
    if request_filter.customer_id is not None:
        involves_customer = Q(customer_id=request_filter.customer_id) | Q(
            other_customer_id=request_filter.customer_id
        )
        rows = rows.filter(involves_customer)
    return rows
