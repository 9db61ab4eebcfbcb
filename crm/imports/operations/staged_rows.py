"""Stage the rows of a file, and mark their outcome."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from crm.kernel.bulk import bulk_insert, bulk_update
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportKey, ImportRow, ImportRun

Remark = tuple[str, str]  # the name of a column (or blank), and a message
Key = tuple[str, str]


@dataclass(slots=True)
class PlannedRow:
    """A row as the dry run stages it."""

    number: int
    cells: list[str]
    outcome: str = ImportRow.Outcome.ERROR
    subject_id: int | None = None
    remarks: Sequence[Remark] = ()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    head: int | None = None
    is_outside_mode: bool = False


@dataclass(slots=True)
class SettledRow:
    """The outcome of a staged row once all rows of its group are known."""

    pk: int
    outcome: str
    remarks: Sequence[Remark] = ()
    after: dict[str, Any] | None = None


@within_unit_of_work
def stage_rows(
    *, import_id: int, rows: Iterable[PlannedRow], keys: Iterable[tuple[Key, int]]
) -> None:
    """Store planned rows, and the keys that occur in them for the first time."""
    bulk_insert(
        ImportRow,
        (
            "upload_id",
            "number",
            "cells",
            "outcome",
            "subject_id",
            "remarks",
            "before",
            "after",
            "head",
            "is_applied",
        ),
        [
            (
                import_id,
                row.number,
                row.cells,
                row.outcome,
                row.subject_id,
                row.remarks,
                row.before,
                row.after,
                row.head,
                False,
            )
            for row in rows
        ],
    )
    bulk_insert(
        ImportKey,
        ("upload_id", "type", "value", "number"),
        # In index order, so that its pages fill one after another.
        [(import_id, *key, number) for key, number in sorted(keys)],
    )


@within_unit_of_work
def settle_rows(*, rows: Sequence[SettledRow]) -> None:
    """Update the outcome of staged rows."""
    bulk_update(
        ImportRow,
        ("outcome", "remarks", "after"),
        [(row.pk, row.outcome, list(row.remarks), row.after) for row in rows],
    )


@within_unit_of_work
def refuse_groups(*, import_id: int, heads: Collection[int], remark: Remark) -> None:
    """Mark all rows of these groups as errors."""
    if heads:
        ImportRow.objects.filter(upload_id=import_id, head__in=heads).update(
            outcome=ImportRow.Outcome.ERROR, remarks=[remark]
        )


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """A row that was applied: its subject, and what an undo of it needs."""

    pk: int
    subject_id: int
    trail: dict[str, Any] | None = None


@within_unit_of_work
def mark_applied(*, rows: Iterable[AppliedRow]) -> None:
    """Mark staged rows as applied."""
    bulk_update(
        ImportRow,
        ("subject_id", "trail", "is_applied"),
        [(row.pk, row.subject_id, row.trail, True) for row in sorted(rows, key=lambda row: row.pk)],
    )


@within_unit_of_work
def mark_undone(
    *, import_id: int, pks: Collection[int], obstacles: Sequence[tuple[int, Sequence[Remark]]]
) -> None:
    """Mark applied rows as undone, and say of others why they could not be; count the former."""
    rows = ImportRow.objects.filter(pk__in=pks, is_undone=False)
    count = rows.update(is_undone=True, obstacles=None)
    ImportRun.objects.filter(pk=import_id).update(undone_rows=F("undone_rows") + count)
    bulk_update(ImportRow, ("obstacles",), [(pk, list(remarks)) for pk, remarks in obstacles])


@within_unit_of_work
def mark_drifted(*, remarks: Sequence[tuple[int, Sequence[Remark]]]) -> None:
    """Mark staged rows as drifted; each pair is a row's primary key and what drifted."""
    bulk_update(
        ImportRow,
        ("outcome", "remarks"),
        [(pk, ImportRow.Outcome.DRIFTED, list(sentences)) for pk, sentences in remarks],
    )
