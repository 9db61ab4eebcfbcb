"""Rehearsing a merge: what it would change, seen by the steps that change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.db import models

from crm.audit.operations.events import NewEvent
from crm.tenancy.origin import Origin
from customers.operations.merge.journal import Journal

NO_JOURNAL = 0


@dataclass(slots=True)
class Change:
    """A row that a merge gives other values: the row as it would be, and what it holds now."""

    row: models.Model
    before: dict[str, Any]


@dataclass(slots=True)
class Rehearsal(Journal):
    """Stands in for a journal, and writes and locks nothing."""

    changes: dict[tuple[type[models.Model], int], Change] = field(default_factory=dict)
    moved: dict[type[models.Model], set[int]] = field(default_factory=dict)

    @classmethod
    def begin(cls, *, origin: Origin) -> Self:
        """Begin a rehearsal; ``origin.at`` is the moment that is planned for."""
        return cls(NO_JOURNAL, origin)

    def hold(self, rows: models.QuerySet[Any]) -> list[Any]:
        """Read the rows; whoever decides on a plan looks again under the locks."""
        return list(rows)

    def change(
        self, row: models.Model, new: Mapping[str, Any], beside: Mapping[str, Any] | None = None
    ) -> None:
        """Give the row in memory its new values, and remember what it holds."""
        different = {name: value for name, value in new.items() if getattr(row, name) != value}
        if not different:
            return
        self._count(type(row), {row.pk})
        change = self.changes.setdefault((type(row), row.pk), Change(row, {}))
        for name, value in different.items():
            change.before.setdefault(name, getattr(row, name))
            setattr(row, name, value)

    def change_all(self, rows: models.QuerySet[Any], new: Mapping[str, Any]) -> None:
        """Count the rows that would get new values."""
        self._count(rows.model, set(rows.values_list("pk", flat=True)))

    def add(self, row: models.Model) -> None:
        """Let it be: what a merge makes is part of no count."""

    def tell(self, event: NewEvent) -> None:
        """Tell nobody: nothing happened."""

    def close(self) -> int:
        """Refuse: a rehearsal leaves no journal."""
        raise TypeError("a rehearsal is never closed")

    def changes_of(self, model: type[models.Model]) -> list[Change]:
        """The rows of a model that would hold other values, in the order of their keys."""
        found = [(pk, change) for (of, pk), change in self.changes.items() if of is model]
        return [change for _, change in sorted(found, key=lambda item: item[0])]

    def _count(self, model: type[models.Model], keys: set[int]) -> None:
        if keys:
            self.moved.setdefault(model, set()).update(keys)
