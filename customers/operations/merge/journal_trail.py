"""Reading the journal of a merge: each row before, after, and now."""

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
class MergeStep:
    """What a merge did to one row; ``before`` is None if the merge created the row.

    ``merged_row`` is the whole row after the merge, with its attachments, or None if they were not
    recorded. ``current`` is the row as it is now, or None if it was deleted.
    """

    model: Model
    pk: int
    before: dict[str, Any] | None
    after: dict[str, Any]
    merged_row: dict[str, Any] | None
    current: Any = None

    @property
    def is_created_by_merge(self) -> bool:
        return self.before is None

    def value_before(self, name: str) -> Any:
        """Return the value of a column before the merge."""
        values = self.before if self.before and name in self.before else self.merged_row or {}
        return self.read(name, values[name])

    def value_after(self, name: str) -> Any:
        """Return the value of a column after the merge."""
        return self.read(name, (self.merged_row or self.after)[name])

    def list_edited_columns(self, *, ignored: Collection[str] = ()) -> set[str]:
        """Return the columns that were changed since the merge; the row must still exist."""
        columns = {column.attname for column in self.model._meta.concrete_fields}
        return {
            name
            for name in (self.merged_row or self.after)
            if name in columns
            and name not in ignored
            and getattr(self.current, name) != self.value_after(name)
        }

    def read(self, name: str, stored: Any) -> Any:
        """Convert a value of the journal to the type of the column."""
        column: Any = self.model._meta.get_field(name)
        return column.to_python(stored)


@dataclass(slots=True)
class MergeTrail:
    """All steps of a merge, by the label of the model and the key of the row."""

    journal_id: int
    steps: dict[str, dict[int, MergeStep]] = field(default_factory=lambda: defaultdict(dict))

    def of(self, model: Model) -> Mapping[int, MergeStep]:
        """Return the steps on the rows of a model, by key."""
        return self.steps.get(model._meta.label, {})

    def of_app(self, label: str) -> "MergeTrail":
        """Return the steps on the tables of an app."""
        return self._select(lambda app: app == label)

    def without_app(self, label: str) -> "MergeTrail":
        """Return the steps on the tables of all other apps."""
        return self._select(lambda app: app != label)

    def _select(self, matches: Callable[[str], bool]) -> "MergeTrail":
        steps = {name: rows for name, rows in self.steps.items() if matches(name.split(".")[0])}
        return MergeTrail(self.journal_id, defaultdict(dict, steps))

    def rows_of(self, model: Model) -> models.QuerySet[Any]:
        """Return the keys of a model's rows as a subquery."""
        rows = MergeJournalRow.objects.filter(journal=self.journal_id, model=model._meta.label)
        return rows.values("row")


def read_trail(journal_id: int) -> MergeTrail:
    """Read the journal of a merge; ``load_current_rows`` adds the current rows."""
    trail = MergeTrail(journal_id)
    for label, pk, before, stored_after, kept in (
        MergeJournalRow.objects.filter(journal=journal_id)
        .order_by("pk")
        .values_list("model", "row", "before", "after", "kept")
    ):
        steps = trail.steps[label]
        after = stored_after or {}
        merged_row = None if kept is None else {**kept, **after}
        if (step := steps.get(pk)) is None:
            steps[pk] = MergeStep(apps.get_model(label), pk, before, after, merged_row)
        elif step.before is not None:
            # The merge changed the row twice: combine the first values and the last ones.
            step.before = {**(before or {}), **step.before}
            step.after = {**step.after, **after}
            step.merged_row = merged_row
    return trail


def load_current_rows(trail: MergeTrail, *, lock: bool) -> None:
    """Read the current rows, locked or not, in the order of the keys; one query per model."""
    for label in sorted(trail.steps):
        model = apps.get_model(label)
        rows = model._base_manager.filter(pk__in=trail.rows_of(model)).order_by("pk")
        for row in rows.select_for_update() if lock else rows:
            trail.steps[label][row.pk].current = row


@within_unit_of_work
def restore_rows(steps: Collection[MergeStep]) -> None:
    """Restore the values from before the merge, and delete the rows that the merge created."""
    created: dict[Model, list[int]] = defaultdict(list)
    for step in steps:
        if step.is_created_by_merge:
            created[step.model].append(step.pk)
    write_values(
        (step, {name: step.value_before(name) for name in step.before})
        for step in steps
        if step.before is not None
    )
    for model, keys in created.items():
        model._base_manager.filter(pk__in=keys).delete()


@within_unit_of_work
def write_values(values: Iterable[tuple[MergeStep, Mapping[str, Any]]]) -> None:
    """Write these values to each row; one statement per model and set of columns."""
    groups: dict[tuple[Model, tuple[str, ...]], list[list[Any]]] = defaultdict(list)
    for step, new in values:
        if new:
            groups[step.model, tuple(sorted(new))].append(
                [step.pk, *(new[name] for name in sorted(new))]
            )
    for (model, columns), rows in groups.items():
        bulk_update(model, columns, rows)
