"""Staging the rows of a file, and marking what became of them."""

from collections.abc import Collection, Iterable, Sequence
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
    head: int | None = None


@dataclass(slots=True)
class Settled:
    """What a staged row, by primary key, comes to once all rows of its group are known."""

    pk: int
    outcome: str
    remarks: Sequence[Remark] = ()
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
        # In the order of the index: its pages are then filled one after another.
        [(import_id, *key, number) for key, number in sorted(keys)],
    )


@within_unit_of_work
def settle_rows(*, rows: Sequence[Settled]) -> None:
    """Decide staged rows anew."""
    bulk_update(
        ImportRow,
        ("outcome", "remarks", "after"),
        [(row.pk, row.outcome, list(row.remarks), row.after) for row in rows],
    )


@within_unit_of_work
def refuse_groups(*, import_id: int, heads: Collection[int], remark: Remark) -> None:
    """Make errors of all rows of these groups, whatever was said of them before."""
    if heads:
        ImportRow.objects.filter(upload_id=import_id, head__in=heads).update(
            outcome=ImportRow.Outcome.ERROR, remarks=[remark]
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
