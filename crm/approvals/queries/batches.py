"""Queries on batches: totals before the decision, and outcomes after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from crm.approvals.models import Batch, BatchItem, Request
from crm.approvals.queries.makers import filed_by, list_own_entities

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class KindTotal:
    """The number of requests of one kind, and the points they request."""

    kind: str
    count: int
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection of requests: those that can be decided, by kind, and how many cannot."""

    totals: list[KindTotal]
    ids: list[int]
    decided: int
    own: int

    @property
    def count(self) -> int:
        return len(self.ids)


def summarize_selection(
    *, org_id: int, entity_id: int | None, request_ids: Sequence[int]
) -> Selection:
    """Sum up the selected requests that the checker may decide.

    Decided requests and the checker's own are counted, but left out."""
    rows = Request.objects.filter(org_id=org_id, pk__in=request_ids)
    open_requests = rows.open()
    is_own = filed_by(list_own_entities(org_id=org_id, entity_id=entity_id))
    decidable = open_requests.exclude(is_own)
    grouped = (
        decidable.order_by()
        .values("kind")
        .annotate(count=Count("pk"), total=Sum("points"))
        .values_list("kind", "count", "total")
    )
    ids = list(decidable.order_by("filed_at", "pk").values_list("pk", flat=True))
    open_count = open_requests.count()
    return Selection(
        totals=[KindTotal(*row) for row in sorted(grouped, key=lambda row: -row[1])],
        ids=ids,
        decided=rows.count() - open_count,
        own=open_count - len(ids),
    )


def get_batch(*, org_id: int, batch_id: int) -> Batch:
    """Return the batch, with its checker and run.

    Raises:
        Batch.DoesNotExist: the organization has no such batch.
    """
    rows = Batch.objects.select_related("decided_by", "run")
    return rows.get(pk=batch_id, org_id=org_id)


def count_outcomes(*, batch_id: int) -> dict[str, int]:
    """Return the number of items by outcome; blank means not processed yet. One query."""
    rows = BatchItem.objects.filter(batch_id=batch_id).order_by().values_list("outcome")
    return dict(rows.annotate(count=Count("pk")))


def list_items(
    *, batch_id: int, outcomes: Sequence[str] = (), after: int = 0, limit: int
) -> list[BatchItem]:
    """Return items with their requests, in order, after the item id ``after``."""
    rows = BatchItem.objects.filter(batch_id=batch_id, pk__gt=after)
    if outcomes:
        rows = rows.filter(outcome__in=outcomes)
    items = rows.select_related("request__maker", "request__store", "request__decision__actor")
    return list(items.order_by("pk")[:limit])


def iterate_items(*, batch_id: int) -> Iterator[Any]:
    """Yield every item with its request, loading a thousand at a time."""
    after = 0
    while items := list_items(batch_id=batch_id, after=after, limit=ROWS_AT_ONCE):
        yield from items
        after = items[-1].pk
