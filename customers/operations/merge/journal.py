"""The journal of a merge: changing rows while writing down what they were."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.db import models

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert
from crm.tenancy.origin import Origin
from customers.models import MergeJournal, MergeJournalRow


@dataclass(slots=True)
class Journal:
    """One merge being written; ``close`` saves what was noted.

    Whatever moves a customer's rows writes through the journal alone: then a rehearsal can take
    its place, and the same steps say what a merge would do.
    """

    pk: int
    origin: Origin
    rows: list[
        tuple[int, str, int, dict[str, Any] | None, dict[str, Any], dict[str, Any] | None]
    ] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)

    @classmethod
    def open(cls, *, origin: Origin, survivor_id: int, victim_id: int, cause: str) -> Self:
        """Begin the journal of a merge; the unit of work is the caller's."""
        journal = MergeJournal.objects.create(
            org=origin.org,
            survivor_id=survivor_id,
            victim_id=victim_id,
            cause=cause,
            merged_by_id=origin.actor_id,
            merged_at=origin.at,
        )
        return cls(journal.pk, origin)

    def hold(self, rows: models.QuerySet[Any]) -> list[Any]:
        """Lock rows that the merge reads before it changes them."""
        return list(rows.select_for_update())

    def change(
        self, row: models.Model, new: Mapping[str, Any], beside: Mapping[str, Any] | None = None
    ) -> None:
        """Give a row new values; only those that differ are written and noted.

        ``beside`` tells what hangs on the row, under names that are none of its columns, so that
        an undo sees whether it is still so.
        """
        different = {name: value for name, value in new.items() if getattr(row, name) != value}
        if not different:
            return
        self._note(row, different, beside)
        for name, value in different.items():
            setattr(row, name, value)
        type(row)._base_manager.filter(pk=row.pk).update(**different)

    def change_all(self, rows: models.QuerySet[Any], new: Mapping[str, Any]) -> None:
        """Give all these rows the same new values, in one statement."""
        found = list(rows.order_by("pk"))
        for row in found:
            self._note(row, new)
        if found:
            rows.model._base_manager.filter(pk__in=[row.pk for row in found]).update(**new)

    def add(self, row: models.Model) -> None:
        """Save a row that the merge makes; an undo will take it away."""
        row.save(force_insert=True)
        self.rows.append((self.pk, row._meta.label, row.pk, None, {}, None))

    def tell(self, event: NewEvent) -> None:
        """Leave an event of the audit, once the journal closes."""
        self.events.append(event)

    def close(self) -> int:
        """Write down what was noted and told, and return the journal's key."""
        bulk_insert(
            MergeJournalRow, ("journal_id", "model", "row", "before", "after", "kept"), self.rows
        )
        record_events(origin=self.origin, events=self.events)
        return self.pk

    def _note(
        self,
        row: models.Model,
        new: Mapping[str, Any],
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        before = {name: as_json(getattr(row, name)) for name in new}
        after = {name: as_json(value) for name, value in new.items()}
        kept = {
            field.attname: as_json(getattr(row, field.attname))
            for field in row._meta.concrete_fields
            if field.attname not in new and not field.primary_key
        }
        self.rows.append(
            (self.pk, row._meta.label, row.pk, before, after, {**kept, **(beside or {})})
        )


def as_json(value: Any) -> Any:
    """A column's value as the journal writes it down."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
