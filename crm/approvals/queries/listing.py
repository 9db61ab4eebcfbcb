"""Requests as the APIs list them, with who filed and who decided."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from crm.approvals.models import Decision, Request

# Counting further would read the whole table for a number that nobody needs.
MOST_COUNTED = 10_000
TOLD = ("maker__parent", "decision__actor", "decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests; what is None or empty tells none apart. Days are half-open: ``until``."""

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
class Page:
    """Some of the requests wanted; ``total`` counts all of them, up to ``MOST_COUNTED``."""

    total: int
    requests: list[Request]


def list_requests(
    *,
    org_id: int,
    wanted: Wanted,
    limit: int,
    offset: int = 0,
    order: str = "filed_at",
    ascending: bool = False,
) -> Page:
    """List requests with maker, maker's parent, decision and checker; two queries.

    ``order`` is ``filed_at``, ``changed_at`` or ``id``, the newest first unless ``ascending``. A
    customer's are those about them and those that name them as the other.
    """
    rows = _wanted(org_id, wanted)
    sign = "" if ascending else "-"
    page = rows.select_related(*TOLD).order_by(f"{sign}{order}", f"{sign}id")
    return Page(
        total=rows.order_by()[:MOST_COUNTED].count(),
        requests=list(page[offset : offset + limit]),
    )


def list_words(request_ids: Collection[int]) -> dict[int, list[Decision]]:
    """Every word about these requests, by request and in order, failed tries too; one query."""
    words: dict[int, list[Decision]] = {pk: [] for pk in request_ids}
    if words:
        rows = Decision.objects.filter(request_id__in=words).select_related("actor")
        for word in rows.order_by("id"):
            words[word.request_id].append(word)
    return words


def _wanted(org_id: int, wanted: Wanted) -> QuerySet[Request]:
    conditions: dict[str, Any] = {
        "kind__in": wanted.kinds or None,
        "status__in": wanted.statuses or None,
        "pk__in": wanted.ids or None,
        "pk__gte": wanted.first_id,
        "pk__lte": wanted.last_id,
        "filed_at__gte": wanted.since,
        "filed_at__lt": wanted.until,
        "maker_id__in": wanted.makers,
        "decision__actor_id__in": wanted.checkers,
        "one_step": wanted.one_step,
        "decision__auto_approved": wanted.auto_approved or None,
        "payload__program_id": wanted.program_id,
    }
    said = {name: value for name, value in conditions.items() if value is not None}
    rows = Request.objects.filter(org_id=org_id, **said)
    if wanted.auto_approved is False:
        # What nobody has decided yet did not approve itself either.
        rows = rows.exclude(decision__auto_approved=True)
    if wanted.customer_id is not None:
        mine = Q(customer_id=wanted.customer_id) | Q(other_customer_id=wanted.customer_id)
        rows = rows.filter(mine)
    return rows
