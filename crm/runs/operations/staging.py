"""Staging the rows of a file, and marking what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crm.kernel.bulk import bulk_insert, bulk_update
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportKey, ImportRow

Remark = tuple[str, str]  # a column's name, or nothing, and a sentence
Key = tuple[str, str]


@dataclass(slots=True)
class Decided:
    """What the dry run says of a row: everything that is staged."""

    number: int
    cells: list[str]
    outcome: str = ImportRow.Outcome.ERROR
    subject_id: int | None = None
    remarks: Sequence[Remark] = ()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@within_unit_of_work
def stage_rows(*, import_id: int, rows: Iterable[Decided], keys: Iterable[tuple[Key, int]]) -> None:
    """Keep what was decided of these rows, and the keys that stand in them for the first time."""
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
                False,
            )
            for row in rows
        ],
    )
    bulk_insert(
        ImportKey,
        ("upload_id", "type", "value", "number"),
        # In the order of the index: its pages are then filled one after another.
        [(import_id, *key, number) for key, number in sorted(keys)],
    )


@within_unit_of_work
def mark_applied(*, subjects: Sequence[tuple[int, int]]) -> None:
    """Say of staged rows, by primary key, that they are done, and to whom."""
    bulk_update(
        ImportRow, ("subject_id", "is_applied"), [(pk, subject, True) for pk, subject in subjects]
    )


@within_unit_of_work
def mark_refused(*, remarks: Sequence[tuple[int, Sequence[Remark]]]) -> None:
    """Say of staged rows, by primary key, why nothing was done after all."""
    bulk_update(
        ImportRow,
        ("outcome", "remarks"),
        [(pk, ImportRow.Outcome.ERROR, list(sentences)) for pk, sentences in remarks],
    )
