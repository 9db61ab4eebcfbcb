"""Record audit events, in the transaction of the change they describe."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crm.audit.models import Event
from crm.kernel.bulk import bulk_insert
from crm.kernel.transactions import within_unit_of_work, write_before_commit
from crm.tenancy.origin import Origin

COLUMNS = (
    "org_id",
    "actor_id",
    "door",
    "request_id",
    "kind",
    "subject_type",
    "subject_id",
    "before",
    "after",
    "happened_at",
)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to record. ``before`` and ``after`` hold only changed values."""

    kind: str
    subject_type: str
    subject_id: int
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@within_unit_of_work
def record_events(*, origin: Origin, events: Iterable[NewEvent]) -> None:
    """Record the events in order, with the origin as their actor.

    They are inserted at the end of the unit of work, all in one statement.
    """
    rows = [
        (
            origin.org.pk,
            origin.actor_id,
            origin.door,
            origin.request_id,
            event.kind,
            event.subject_type,
            event.subject_id,
            event.before,
            event.after,
            origin.at,
        )
        for event in events
    ]
    if rows:
        write_before_commit(_write_rows, rows)


def _write_rows(lists: Sequence[Sequence[tuple[Any, ...]]]) -> None:
    bulk_insert(Event, COLUMNS, [row for rows in lists for row in rows])
