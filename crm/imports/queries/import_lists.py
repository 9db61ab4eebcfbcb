"""Lists of imports, by type and state, and the rows of one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.imports.queries.import_states import (
    APPLIED,
    APPLYING,
    CANCELLED,
    CHECKED,
    CHECKING,
    FAILED,
    PARTLY_UNDONE,
    READING,
    UNDOING,
    UNDONE,
)
from crm.imports.row_changes import list_changes
from crm.runs.models import ImportRow, ImportRun, Run

SAMPLED_ROWS = 4  # of a file's first: one of them may be the header

_UNAPPLIED = Q(apply_run__isnull=True)
_LEFT = Exists(ImportRow.objects.filter(upload_id=OuterRef("pk"), is_applied=True, is_undone=False))
# An undo that could take nothing back leaves the import as it was.
_NOT_UNDONE = Q(undo_run__isnull=True) | Q(undo_run__finished_at__isnull=False, undone_rows=0)
_TAKEN_BACK = Q(undo_run__finished_at__isnull=False, undone_rows__gt=0)
_STATES: Mapping[str, Q] = {
    READING: Q(dry_run__isnull=True),
    CHECKING: _UNAPPLIED & Q(dry_run__isnull=False, dry_run__finished_at__isnull=True),
    CHECKED: _UNAPPLIED & Q(dry_run__state=Run.State.DONE),
    APPLYING: Q(apply_run__isnull=False, apply_run__finished_at__isnull=True),
    APPLIED: Q(apply_run__state=Run.State.DONE) & _NOT_UNDONE,
    FAILED: Q(apply_run__state=Run.State.FAILED) & _NOT_UNDONE
    | _UNAPPLIED & Q(dry_run__state=Run.State.FAILED),
    CANCELLED: Q(apply_run__state=Run.State.CANCELLED) & _NOT_UNDONE
    | _UNAPPLIED & Q(dry_run__state=Run.State.CANCELLED),
    UNDOING: Q(undo_run__isnull=False, undo_run__finished_at__isnull=True),
    UNDONE: _TAKEN_BACK & ~Q(_LEFT),
    PARTLY_UNDONE: _TAKEN_BACK & Q(_LEFT),
}


@dataclass(frozen=True, slots=True)
class ImportPage:
    """One page of imports, newest first, and how many there are."""

    total: int
    imports: Sequence[ImportRun]


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row of a file: its cells by column, its outcome, and what it changes."""

    number: int
    outcome: str
    subject_id: int | None
    cells: Mapping[str, str]
    remarks: Sequence[tuple[str, str]]
    changes: Mapping[str, tuple[Any, Any]]

    @property
    def is_failed(self) -> bool:
        return self.outcome in (ImportRow.Outcome.ERROR, ImportRow.Outcome.DRIFTED)


@dataclass(frozen=True, slots=True)
class RowPage:
    total: int
    rows: Sequence[RowLine]


def list_imports(
    *, org_id: int, kinds: Collection[str] = (), state: str = "", limit: int, offset: int = 0
) -> ImportPage:
    """Return imports with their runs, newest first; two queries."""
    uploads: QuerySet[ImportRun] = ImportRun.objects.filter(org_id=org_id)
    if kinds:
        uploads = uploads.filter(kind__in=kinds)
    if state:
        uploads = uploads.filter(_STATES[state])
    page = uploads.select_related(
        "org", "dry_run", "apply_run", "undo_run", "uploaded_by"
    ).order_by("-pk")
    return ImportPage(uploads.count(), list(page[offset : offset + limit]))


def list_samples(*, import_ids: Collection[int]) -> dict[int, list[list[str]]]:
    """Return the cells of the first rows of each import, as far as they are checked; one query."""
    samples: dict[int, list[list[str]]] = {pk: [] for pk in import_ids}
    rows = ImportRow.objects.filter(upload_id__in=import_ids, number__lte=SAMPLED_ROWS)
    for upload_id, cells in rows.order_by("upload_id", "number").values_list("upload_id", "cells"):
        samples[upload_id].append(cells)
    return samples


def list_row_lines(*, upload: ImportRun, outcome: str = "", limit: int, offset: int = 0) -> RowPage:
    """Return rows of the import in the order of the file; two queries."""
    rows = ImportRow.objects.filter(upload_id=upload.pk)
    if outcome:
        rows = rows.filter(outcome=outcome)
    page = rows.order_by("number")[offset : offset + limit]
    return RowPage(rows.count(), [_build_line(row, upload.header) for row in page])


def _build_line(row: ImportRow, header: Sequence[str]) -> RowLine:
    names = [*header, *(f"Column {number}" for number in range(len(header) + 1, 301))]
    return RowLine(
        number=row.number,
        outcome=row.outcome,
        subject_id=row.subject_id,
        cells=dict(zip(names, row.cells, strict=False)),
        remarks=[(column, text) for column, text in row.remarks],
        changes=list_changes(row.before, row.after),
    )
