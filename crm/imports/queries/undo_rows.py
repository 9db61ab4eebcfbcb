"""The rows of an import that can be undone, and what others wrote meanwhile."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from crm.runs.models import ImportRow, ImportRun, ImportUndo, Run

# What the kind of the run that undoes an import ends with.
UNDO_SUFFIX = ".import_undo"
# More rows than one group can have, such as one bill.
LONGEST_GROUP = 100_000


@dataclass(frozen=True, slots=True)
class UndoRow:
    """An applied row, with what it changed."""

    pk: int
    number: int
    head: int | None
    outcome: str
    subject_id: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    trail: dict[str, Any] = field(default_factory=dict)


def filter_undoable(*, import_id: int, numbers: Collection[int] = ()) -> QuerySet[ImportRow]:
    """Return the rows that were applied and not undone yet; only those chosen, if any are.

    A chosen row brings all rows with it that were decided together, such as the lines of a bill.
    """
    rows = ImportRow.objects.filter(upload_id=import_id, is_applied=True, is_undone=False)
    if not numbers:
        return rows
    chosen = ImportRow.objects.filter(upload_id=import_id, number__in=numbers)
    heads = chosen.filter(head__isnull=False).values("head")
    return rows.filter(number__in=numbers, head__isnull=True) | rows.filter(head__in=heads)


def list_rows_to_undo(
    *, import_id: int, numbers: Collection[int], before: int | None, limit: int, is_grouped: bool
) -> list[UndoRow]:
    """Return the next rows before this row number (or head), the last one first.

    Of rows that are grouped, whole groups are returned.
    """
    order = "head" if is_grouped else "number"
    rows = filter_undoable(import_id=import_id, numbers=numbers)
    if before is not None:
        rows = rows.filter(**{f"{order}__lt": before})
    if is_grouped:
        heads = set(rows.order_by("-head").values_list("head", flat=True)[:limit])
        # The last group may have more rows than that.
        rows, limit = rows.filter(head__in=heads), limit + LONGEST_GROUP
    fields = ("pk", "number", "head", "outcome", "subject_id", "before", "after", "trail")
    ordered = rows.order_by(f"-{order}", "number").values_list(*fields)
    return [
        UndoRow(pk, row_number, head, outcome, subject_id, values or {}, after or {}, trail or {})
        for pk, row_number, head, outcome, subject_id, values, after, trail in ordered[:limit]
    ]


def find_waiting_undo(*, import_id: int) -> ImportUndo | None:
    """Return the undo of this import that waits for an approver, if any."""
    waiting = ImportUndo.objects.filter(
        upload_id=import_id, needs_approval=True, decided_at__isnull=True
    )
    return waiting.select_related("asked_by").first()


def list_ignored_requests(upload: ImportRun) -> set[str]:
    """Return the request ids whose writes are no touch of this import's rows.

    Those of the import itself, of every undo, and of imports that were undone as a whole.
    """
    undos = Run.objects.filter(org_id=upload.org_id, kind__endswith=UNDO_SUFFIX)
    partly_gone = ImportRun.objects.filter(
        org_id=upload.org_id, undone_rows__gt=0, apply_run__isnull=False
    ).select_related("apply_run")
    runs = {
        upload.apply_run_id,
        *undos.values_list("pk", flat=True),
        *(other.apply_run_id for other in partly_gone if is_undone(other)),
    }
    return {f"run-{pk}" for pk in runs if pk is not None}


def is_undone(upload: ImportRun) -> bool:
    """Whether every row that the import had written was undone; its run must be loaded."""
    return 0 < count_applied(upload) <= upload.undone_rows


def count_applied(upload: ImportRun) -> int:
    """Return how many rows the import has written, whether they were undone or not."""
    result = upload.apply_run.result if upload.apply_run else {}
    return int(result.get("create", 0)) + int(result.get("update", 0))
