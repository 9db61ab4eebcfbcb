"""Rehearsing a merge: the same steps, without writing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.db import models

from crm.audit.operations.events import NewEvent
from crm.tenancy.origin import Origin
from customers.operations.merge.journal import Journal

NO_JOURNAL = 0


@dataclass(slots=True)
class PlannedChange:
    """A row that a merge would change: with the new values, and its current values."""

    row: models.Model
    before: dict[str, Any]


@dataclass(slots=True)
class Rehearsal(Journal):
    """A journal that writes and locks nothing."""

    changes: dict[tuple[type[models.Model], int], PlannedChange] = field(default_factory=dict)
    moved: dict[type[models.Model], set[int]] = field(default_factory=dict)

    @classmethod
    def begin(cls, *, origin: Origin) -> Self:
        """Start a rehearsal; ``origin.at`` is the time of the planned merge."""
        return cls(NO_JOURNAL, origin)

    def lock(self, rows: models.QuerySet[Any]) -> list[Any]:
        """Return the rows without locking them."""
        return list(rows)

    def change(
        self,
        row: models.Model,
        new: Mapping[str, Any],
        attachments: Mapping[str, Any] | None = None,
    ) -> None:
        """Set the new values on the row in memory, and keep the current ones."""
        new_values = {name: value for name, value in new.items() if getattr(row, name) != value}
        if not new_values:
            return
        self._count_rows(type(row), {row.pk})
        change = self.changes.setdefault((type(row), row.pk), PlannedChange(row, {}))
        for name, value in new_values.items():
            change.before.setdefault(name, getattr(row, name))
            setattr(row, name, value)

    def change_all(self, rows: models.QuerySet[Any], new: Mapping[str, Any]) -> None:
        """Count the rows that would get new values."""
        self._count_rows(rows.model, set(rows.values_list("pk", flat=True)))

    def add(self, row: models.Model) -> None:
        """Ignore the row: created rows are not counted."""

    def add_event(self, event: NewEvent) -> None:
        """Ignore the event: nothing happens."""

    def close(self) -> int:
        """Raise TypeError: a rehearsal has no journal to write."""
        raise TypeError("a rehearsal is never closed")

    def changes_of(self, model: type[models.Model]) -> list[PlannedChange]:
        """Return the planned changes of a model, in the order of the keys."""
        changes = [
            (pk, change)
            for (change_model, pk), change in self.changes.items()
            if change_model is model
        ]
        return [change for _, change in sorted(changes, key=lambda item: item[0])]

    def _count_rows(self, model: type[models.Model], keys: set[int]) -> None:
        if keys:
            self.moved.setdefault(model, set()).update(keys)
