"""The background work that undoes an import, and its rehearsal."""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db import connection, transaction

from crm.audit.models import Event
from crm.imports.file_import import FileImport
from crm.imports.import_chunks import CHUNK_SIZES, build_import
from crm.imports.operations.staged_rows import mark_undone
from crm.imports.queries.import_runs import get_import, get_import_of_run
from crm.imports.queries.undo_rows import (
    UndoRow,
    filter_undoable,
    list_ignored_requests,
    list_rows_to_undo,
)
from crm.imports.undo_context import WITHOUT_TRAIL, UndoContext
from crm.kernel.staff_texts import StaffText, staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRun, Run
from crm.runs.work_kinds import Chunk, Progress
from crm.tenancy.origin import Origin

UNDOING_ROWS = staff_text("Undoing rows")
# A rehearsal looks at so many rows, and shows so many obstacles.
MOST_REHEARSED = {"postgresql": 2_000, "sqlite": 500}


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do: rows in all, rows that were tried, and what stands in the way.

    ``obstacles`` are the number of a row and the sentence.
    """

    total: int
    tried: int
    obstacles: Sequence[tuple[int, str]]

    @property
    def undoable(self) -> int:
        """The rows among those tried that can be undone."""
        return self.tried - len(self.obstacles)


def undo_file(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Undo the applied rows, the last one first."""
    upload = get_import_of_run(run_id=run.pk, step="undo_run")
    importer = build_import(upload)
    context = _build_context(upload, origin)
    numbers: list[int] = run.resume_point.get("rows", [])
    last: int | None = run.resume_point.get("row")
    totals = dict(run.result)
    while rows := list_rows_to_undo(
        import_id=upload.pk,
        numbers=numbers,
        before=last,
        limit=CHUNK_SIZES[connection.vendor],
        is_grouped=importer.is_grouped,
    ):
        last = rows[-1].head if importer.is_grouped else rows[-1].number
        pending: dict[str, int] = {}
        yield partial(
            _undo_chunk,
            partial(_undo_rows, importer, context, upload.pk, rows),
            totals,
            pending,
            {"rows": numbers, "row": last},
        )
        totals = {name: totals.get(name, 0) + count for name, count in pending.items()}


@within_unit_of_work
def rehearse_undo(*, origin: Origin, import_id: int, numbers: Collection[int] = ()) -> UndoPreview:
    """Return what an undo would do now; nothing is kept.

    Of a large import the last rows are tried, which are undone first.
    """
    upload = get_import(org_id=origin.org.pk, import_id=import_id)
    importer = build_import(upload)
    rows = list_rows_to_undo(
        import_id=upload.pk,
        numbers=numbers,
        before=None,
        limit=MOST_REHEARSED[connection.vendor],
        is_grouped=importer.is_grouped,
    )
    with transaction.atomic():
        obstacles = _undo_where_possible(importer, _build_context(upload, origin), rows)
        transaction.set_rollback(True)
    numbers_by_pk = {row.pk: row.number for row in rows}
    return UndoPreview(
        total=filter_undoable(import_id=import_id, numbers=numbers).count(),
        tried=len(rows),
        obstacles=sorted((numbers_by_pk[pk], text) for pk, text in obstacles.items()),
    )


def _build_context(upload: ImportRun, origin: Origin) -> UndoContext:
    started_at = upload.apply_run.started_at if upload.apply_run else None
    return UndoContext(
        replace(origin, door=Event.Door.IMPORT),
        started_at or upload.uploaded_at,
        list_ignored_requests(upload),
    )


def _undo_chunk(
    undo: Callable[[], Mapping[str, int]],
    totals: Mapping[str, int],
    pending: dict[str, int],
    resume_point: dict[str, object],
) -> Progress:
    # Replaced instead of added to, because the unit of work may run twice.
    pending.update(undo())
    return Progress(
        done=sum(pending.values()),
        resume_point=resume_point,
        step=UNDOING_ROWS,
        result={name: totals.get(name, 0) + count for name, count in pending.items()},
    )


def _undo_where_possible(
    importer: FileImport, context: UndoContext, rows: Sequence[UndoRow]
) -> dict[int, StaffText]:
    """Undo rows; those without a trail stay where one is needed."""
    bare = {row.pk: WITHOUT_TRAIL for row in rows if importer.needs_trail and not row.trail}
    known = [row for row in rows if row.pk not in bare]
    return {**bare, **importer.undo_rows(context=context, rows=known)}


def _undo_rows(
    importer: FileImport, context: UndoContext, import_id: int, rows: Sequence[UndoRow]
) -> dict[str, int]:
    obstacles = _undo_where_possible(importer, context, rows)
    mark_undone(
        import_id=import_id,
        pks=[row.pk for row in rows if row.pk not in obstacles],
        obstacles=sorted((pk, [("", text)]) for pk, text in obstacles.items()),
    )
    return {"undone": len(rows) - len(obstacles), "blocked": len(obstacles)}
