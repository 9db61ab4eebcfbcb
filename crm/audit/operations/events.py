"""Record audit events, in the transaction of the change they describe."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crm.audit.models import Event
from crm.kernel.bulk import bulk_insert
from crm.kernel.transactions import within_unit_of_work
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
    """Insert the events in order, with the origin as their actor."""
    bulk_insert(
        Event,
        COLUMNS,
        [
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
        ],
    )
