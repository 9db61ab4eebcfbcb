"""Dry runs that execute the import itself and roll it back.

So the preview refuses exactly what the operations refuse. A dry run sees the database and its own
chunk only: a limit that earlier chunks of the same file will reach is enforced in the run, where
the row is refused with the same message.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db import transaction

from crm.imports.cell_reader import UnreadableRow
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import (
    Key,
    PlannedRow,
    Remark,
    mark_applied,
    mark_refused,
    stage_rows,
)
from crm.imports.queries.import_runs import StagedRow, find_first_rows
from crm.kernel.query_plans import force_custom_plans
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRow
from crm.tenancy.origin import Origin

CREATE, UPDATE, SKIP, ERROR = ImportRow.Outcome.values
CHANGED_SINCE_PREVIEW = (
    "This has changed since the preview and was not imported. Check the file again."
)
NOTHING_DIFFERS = "No changes."


class ParsedRow(Protocol):
    """The parsed row; each of its ``keys`` may occur only once in a file."""

    @property
    def keys(self) -> Sequence[Key]: ...


ParsedRowT = TypeVar("ParsedRowT", bound=ParsedRow, covariant=True)


class RowReader(Protocol[ParsedRowT]):
    """Reads the rows of one file."""

    def read(self, row: Row) -> ParsedRowT:
        """Raises Unreadable."""

    def column_of(self, target: str) -> str: ...

    def repeated(self, kind: str, number: int) -> Remark:
        """Return the remark that names the earlier row with the same key."""


@dataclass(frozen=True, slots=True)
class RowEffect:
    """The outcome of applying a row; an ERROR has written nothing."""

    outcome: str
    subject_id: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    remarks: Sequence[Remark] = ()


# Applies rows in a unit of work with a constant number of queries; returns one effect per row.
RowOperation = Callable[[Origin, Any, Sequence[Any]], list[RowEffect]]


class _UnexpectedEffects(Exception):
    """Some rows differ from the preview: roll back and try again without them."""

    def __init__(self, rows: set[int]) -> None:
        super().__init__(rows)
        self.rows = rows


@within_unit_of_work
def dry_run_rows(
    *,
    operation: RowOperation,
    origin: Origin,
    import_id: int,
    reader: RowReader[Any],
    rows: Sequence[Row],
) -> dict[str, int]:
    """Stage a chunk of rows with the outcome of each; return the number of rows by outcome.

    The first row with a key wins for the whole file: later ones are skipped. An unreadable row
    claims no keys.
    """
    force_custom_plans()
    planned_rows: list[PlannedRow] = []
    items: list[tuple[PlannedRow, Any]] = []
    for row in rows:
        planned_row = PlannedRow(row.number, row.cells)
        planned_rows.append(planned_row)
        try:
            items.append((planned_row, reader.read(row)))
        except UnreadableRow as error:
            planned_row.remarks = error.remarks
    first_items, new_keys = _skip_repeats(import_id, items, reader)
    with transaction.atomic():
        effects = operation(origin, reader, [parsed for _, parsed in first_items])
        transaction.set_rollback(True)
    for (planned_row, _), effect in zip(first_items, effects, strict=True):
        planned_row.outcome, planned_row.remarks = effect.outcome, effect.remarks
        planned_row.before, planned_row.after = effect.before, effect.after
        # A created row was rolled back, so its key is not valid.
        planned_row.subject_id = None if effect.outcome == CREATE else effect.subject_id
    stage_rows(import_id=import_id, rows=planned_rows, keys=new_keys.items())
    counts = {outcome.lower(): 0 for outcome in ImportRow.Outcome.values}
    for planned_row in planned_rows:
        counts[planned_row.outcome.lower()] += 1
    return counts


def _skip_repeats(
    import_id: int, items: Sequence[tuple[PlannedRow, Any]], reader: RowReader[Any]
) -> tuple[list[tuple[PlannedRow, Any]], dict[Key, int]]:
    """Skip rows with a key of an earlier row; return the others, and the new keys."""
    keys = {key for _, parsed in items for key in parsed.keys}
    first_rows = find_first_rows(import_id=import_id, keys=keys)
    first_items: list[tuple[PlannedRow, Any]] = []
    new_keys: dict[Key, int] = {}
    for planned_row, parsed in items:
        repeats = [(key[0], first_rows[key]) for key in parsed.keys if key in first_rows]
        for key in parsed.keys:
            if key not in first_rows:
                first_rows[key] = new_keys[key] = planned_row.number
        if repeats:
            planned_row.outcome, planned_row.remarks = SKIP, [reader.repeated(*repeats[0])]
        else:
            first_items.append((planned_row, parsed))
    return first_items, new_keys


@within_unit_of_work
def apply_staged_rows(
    *, operation: RowOperation, origin: Origin, reader: RowReader[Any], rows: Sequence[StagedRow]
) -> dict[str, int]:
    """Apply rows as previewed; return the number of rows by outcome.

    A row that is refused by now, or would have another outcome, is not applied and gets a remark.
    """
    force_custom_plans()
    refused: dict[int, Sequence[Remark]] = {}
    items: list[tuple[StagedRow, Any]] = []
    for row in rows:
        try:
            items.append((row, reader.read(Row(row.number, row.cells))))
        except UnreadableRow as error:
            refused[row.pk] = error.remarks
    # Each round excludes at least one more row; usually one round is enough.
    for _ in range(len(rows) + 1):
        try:
            with transaction.atomic():
                remaining = [item for item in items if item[0].pk not in refused]
                subject_ids, newly_refused = _apply_rows(operation, origin, reader, remaining)
            break
        except _UnexpectedEffects as unexpected:
            refused |= {pk: [("", CHANGED_SINCE_PREVIEW)] for pk in unexpected.rows}
    refused |= newly_refused
    mark_applied(subjects=sorted(subject_ids.items()))
    mark_refused(remarks=sorted(refused.items()))
    counts = {"create": 0, "update": 0, "changed": len(refused)}
    for row in rows:
        if row.pk in subject_ids:
            counts[row.outcome.lower()] += 1
    return counts


def _apply_rows(
    operation: RowOperation,
    origin: Origin,
    reader: RowReader[Any],
    items: Sequence[tuple[StagedRow, Any]],
) -> tuple[dict[int, int], dict[int, Sequence[Remark]]]:
    subject_ids: dict[int, int] = {}
    newly_refused: dict[int, Sequence[Remark]] = {}
    unexpected: set[int] = set()
    effects = operation(origin, reader, [parsed for _, parsed in items])
    for (row, _), effect in zip(items, effects, strict=True):
        if effect.outcome == ERROR:
            newly_refused[row.pk] = effect.remarks
        elif _matches_preview(row, effect):
            subject_ids[row.pk] = effect.subject_id or 0
        elif effect.outcome == SKIP:
            newly_refused[row.pk] = [("", CHANGED_SINCE_PREVIEW)]
        else:
            unexpected.add(row.pk)
    if unexpected:
        raise _UnexpectedEffects(unexpected)
    return subject_ids, newly_refused


def _matches_preview(row: StagedRow, effect: RowEffect) -> bool:
    preview = (row.outcome, row.before, row.after)
    is_same = preview == (effect.outcome, effect.before, effect.after)
    return is_same and (row.outcome == CREATE or row.subject_id == effect.subject_id)


def list_facts(dry_run_counts: Mapping[str, int], apply_counts: Mapping[str, int]) -> list[str]:
    """Explain the counts in sentences."""
    changed = apply_counts.get("changed", 0)
    return [f"{changed:,} rows had changed since the preview and were not imported."] * bool(
        changed
    )
