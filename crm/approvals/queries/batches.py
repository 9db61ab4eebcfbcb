"""What a confirmation about many requests comes to, and what became of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from crm.approvals.models import Batch, BatchItem, Request
from crm.approvals.queries.counting import OPEN
from crm.approvals.queries.makers import filed_by, own_entities

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class KindSum:
    """So many requests of one kind, and the points that they ask for."""

    kind: str
    count: int
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What was ticked: the open ones by kind, and those that cannot be decided."""

    sums: list[KindSum]
    ids: list[int]
    decided: int
    own: int

    @property
    def count(self) -> int:
        return len(self.ids)


def sum_up(*, org_id: int, entity_id: int | None, request_ids: Sequence[int]) -> Selection:
    """Add up what somebody is about to decide; what is decided, or their own, is left out."""
    rows = Request.objects.filter(org_id=org_id, pk__in=request_ids)
    still = rows.filter(status__in=OPEN)
    mine = filed_by(own_entities(org_id=org_id, entity_id=entity_id))
    theirs = still.exclude(mine)
    grouped = (
        theirs.order_by()
        .values("kind")
        .annotate(count=Count("pk"), asked=Sum("points"))
        .values_list("kind", "count", "asked")
    )
    ids = list(theirs.order_by("filed_at", "pk").values_list("pk", flat=True))
    open_count = still.count()
    return Selection(
        sums=[KindSum(*row) for row in sorted(grouped, key=lambda row: -row[1])],
        ids=ids,
        decided=rows.count() - open_count,
        own=open_count - len(ids),
    )


def get_batch(*, org_id: int, batch_id: int) -> Batch:
    """The confirmation with who gave it.

    Raises:
        Batch.DoesNotExist: the organization has none of that number.
    """
    rows = Batch.objects.select_related("decided_by", "run")
    return rows.get(pk=batch_id, org_id=org_id)


def count_outcomes(*, batch_id: int) -> dict[str, int]:
    """How many came to what; blank for those that were not reached yet; one query."""
    rows = BatchItem.objects.filter(batch_id=batch_id).order_by().values_list("outcome")
    return dict(rows.annotate(count=Count("pk")))


def list_items(
    *, batch_id: int, outcomes: Sequence[str] = (), after: int = 0, limit: int
) -> list[BatchItem]:
    """Items with their requests, in the order of the list, behind the key ``after``."""
    rows = BatchItem.objects.filter(batch_id=batch_id, pk__gt=after)
    if outcomes:
        rows = rows.filter(outcome__in=outcomes)
    told = rows.select_related("request__maker", "request__store", "request__decision__actor")
    return list(told.order_by("pk")[:limit])


def each_item(*, batch_id: int) -> Iterator[Any]:
    """Every item with its request, a thousand at a time."""
    after = 0
    while items := list_items(batch_id=batch_id, after=after, limit=ROWS_AT_ONCE):
        yield from items
        after = items[-1].pk
