"""Reading the journal of a merge back: what each row was, became, and is now."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models

from crm.kernel.bulk import bulk_update
from crm.kernel.transactions import within_unit_of_work
from customers.models import MergeJournalRow

Model = type[models.Model]


@dataclass(slots=True)
class Step:
    """What a merge did to one row; ``before`` is None where it made the row.

    ``left`` is the whole row as the merge left it, and what hung on it; None where nobody noted
    that. ``now`` is the row as it is, None where it is gone.
    """

    model: Model
    pk: int
    before: dict[str, Any] | None
    after: dict[str, Any]
    left: dict[str, Any] | None
    now: Any = None

    @property
    def is_made(self) -> bool:
        return self.before is None

    def was(self, name: str) -> Any:
        """What a column held before the merge."""
        held = self.before if self.before and name in self.before else self.left or {}
        return self.read(name, held[name])

    def became(self, name: str) -> Any:
        """What a column held after the merge."""
        return self.read(name, (self.left or self.after)[name])

    def edited(self, *, but: Collection[str] = ()) -> set[str]:
        """The columns that somebody changed since; of a row that still is there."""
        columns = {column.attname for column in self.model._meta.concrete_fields}
        return {
            name
            for name in (self.left or self.after)
            if name in columns and name not in but and getattr(self.now, name) != self.became(name)
        }

    def read(self, name: str, stored: Any) -> Any:
        """A value of the journal as the column's own."""
        column: Any = self.model._meta.get_field(name)
        return column.to_python(stored)


@dataclass(slots=True)
class Trail:
    """All that a merge did, by the label of the model and the key of the row."""

    journal_id: int
    steps: dict[str, dict[int, Step]] = field(default_factory=lambda: defaultdict(dict))

    def of(self, model: Model) -> Mapping[int, Step]:
        """What was done to the rows of a model."""
        return self.steps.get(model._meta.label, {})

    def of_app(self, label: str) -> "Trail":
        """Only what was done to the tables of an app."""
        return self._part(lambda app: app == label)

    def but_app(self, label: str) -> "Trail":
        """All but what was done to the tables of an app."""
        return self._part(lambda app: app != label)

    def _part(self, wanted: Callable[[str], bool]) -> "Trail":
        steps = {name: rows for name, rows in self.steps.items() if wanted(name.split(".")[0])}
        return Trail(self.journal_id, defaultdict(dict, steps))

    def rows_of(self, model: Model) -> models.QuerySet[Any]:
        """The keys of a model's rows, for a statement that has to name however many of them."""
        rows = MergeJournalRow.objects.filter(journal=self.journal_id, model=model._meta.label)
        return rows.values("row")


def read_trail(journal_id: int) -> Trail:
    """Read what the merge wrote down; the rows as they are now come with ``look``."""
    trail = Trail(journal_id)
    for label, pk, before, became, kept in (
        MergeJournalRow.objects.filter(journal=journal_id)
        .order_by("pk")
        .values_list("model", "row", "before", "after", "kept")
    ):
        steps = trail.steps[label]
        after = became or {}
        left = None if kept is None else {**kept, **after}
        if (step := steps.get(pk)) is None:
            steps[pk] = Step(apps.get_model(label), pk, before, after, left)
        elif step.before is not None:
            # The merge came by twice: what was first, and what was left last.
            step.before = {**(before or {}), **step.before}
            step.after = {**step.after, **after}
            step.left = left
    return trail


def look(trail: Trail, *, lock: bool) -> None:
    """Read the rows as they are now, one query for each model; locked, in the order of the keys."""
    for label in sorted(trail.steps):
        model = apps.get_model(label)
        rows = model._base_manager.filter(pk__in=trail.rows_of(model)).order_by("pk")
        for row in rows.select_for_update() if lock else rows:
            trail.steps[label][row.pk].now = row


@within_unit_of_work
def put_back(steps: Collection[Step]) -> None:
    """Give the rows what they held before the merge, and take away those that it made."""
    made: dict[Model, list[int]] = defaultdict(list)
    for step in steps:
        if step.is_made:
            made[step.model].append(step.pk)
    write(
        (step, {name: step.was(name) for name in step.before})
        for step in steps
        if step.before is not None
    )
    for model, keys in made.items():
        model._base_manager.filter(pk__in=keys).delete()


@within_unit_of_work
def write(values: Iterable[tuple[Step, Mapping[str, Any]]]) -> None:
    """Give each row these values: one statement for each set of columns of a model."""
    groups: dict[tuple[Model, tuple[str, ...]], list[list[Any]]] = defaultdict(list)
    for step, new in values:
        if new:
            groups[step.model, tuple(sorted(new))].append(
                [step.pk, *(new[name] for name in sorted(new))]
            )
    for (model, columns), rows in groups.items():
        bulk_update(model, columns, rows)
