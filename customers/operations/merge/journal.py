"""The journal of a merge: changing rows and recording their earlier values."""

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
    """The journal of a merge in progress; ``close`` saves its entries.

    All code that moves a customer's rows writes through the journal only. So a rehearsal can
    replace it, and the same steps show what a merge would do.
    """

    pk: int
    origin: Origin
    rows: list[
        tuple[int, str, int, dict[str, Any] | None, dict[str, Any], dict[str, Any] | None]
    ] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)

    @classmethod
    def open(cls, *, origin: Origin, survivor_id: int, victim_id: int, cause: str) -> Self:
        """Start the journal of a merge, within the caller's unit of work."""
        journal = MergeJournal.objects.create(
            org=origin.org,
            survivor_id=survivor_id,
            victim_id=victim_id,
            cause=cause,
            merged_by_id=origin.actor_id,
            merged_at=origin.at,
        )
        return cls(journal.pk, origin)

    def lock(self, rows: models.QuerySet[Any]) -> list[Any]:
        """Lock and return rows that the merge reads before it changes them."""
        return list(rows.select_for_update())

    def change(
        self,
        row: models.Model,
        new: Mapping[str, Any],
        attachments: Mapping[str, Any] | None = None,
    ) -> None:
        """Give a row new values; only those that differ are written and recorded.

        ``attachments`` are related rows, under names that are not columns, so that an unmerge can
        see whether they changed.
        """
        changes = {name: value for name, value in new.items() if getattr(row, name) != value}
        if not changes:
            return
        self._record_row(row, changes, attachments)
        for name, value in changes.items():
            setattr(row, name, value)
        type(row)._base_manager.filter(pk=row.pk).update(**changes)

    def change_all(self, rows: models.QuerySet[Any], new: Mapping[str, Any]) -> None:
        """Give all these rows the same new values, in one statement."""
        changed_rows = list(rows.order_by("pk"))
        for row in changed_rows:
            self._record_row(row, new)
        if changed_rows:
            rows.model._base_manager.filter(pk__in=[row.pk for row in changed_rows]).update(**new)

    def add(self, row: models.Model) -> None:
        """Save a row that the merge creates; an unmerge deletes it."""
        row.save(force_insert=True)
        self.rows.append((self.pk, row._meta.label, row.pk, None, {}, None))

    def add_event(self, event: NewEvent) -> None:
        """Add an audit event, which is recorded when the journal is closed."""
        self.events.append(event)

    def close(self) -> int:
        """Write the entries and events, and return the key of the journal."""
        bulk_insert(
            MergeJournalRow, ("journal_id", "model", "row", "before", "after", "kept"), self.rows
        )
        record_events(origin=self.origin, events=self.events)
        return self.pk

    def _record_row(
        self,
        row: models.Model,
        new: Mapping[str, Any],
        attachments: Mapping[str, Any] | None = None,
    ) -> None:
        before = {name: to_json(getattr(row, name)) for name in new}
        after = {name: to_json(value) for name, value in new.items()}
        kept = {
            field.attname: to_json(getattr(row, field.attname))
            for field in row._meta.concrete_fields
            if field.attname not in new and not field.primary_key
        }
        self.rows.append(
            (self.pk, row._meta.label, row.pk, before, after, {**kept, **(attachments or {})})
        )


def to_json(value: Any) -> Any:
    """Return a column's value as it is stored in the journal."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
