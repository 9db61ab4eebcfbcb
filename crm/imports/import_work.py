"""The background work of every import: the dry run of a file, and the run."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice

import structlog
from django.db import connection, transaction

from crm.audit.models import Event
from crm.imports.file_import import FileImport
from crm.imports.files.open_table import open_table
from crm.imports.files.table import Position, Row, UnreadableFile
from crm.imports.import_chunks import CHUNK_SIZES, build_import
from crm.imports.import_kinds import ImportKind, add_import_kind
from crm.imports.operations.import_runs import start_apply
from crm.imports.operations.staged_rows import mark_drifted
from crm.imports.operations.undo import undo_drifted_import
from crm.imports.queries.import_runs import (
    OUTCOMES_TO_APPLY,
    QUESTION,
    StagedRow,
    find_question,
    get_import_of_run,
    list_drifts,
    list_groups,
    list_rows_of_groups,
    list_rows_to_apply,
)
from crm.imports.queries.undo_rows import UNDO_SUFFIX
from crm.imports.readings import Question
from crm.imports.undo_work import undo_file
from crm.kernel.errors import mark_sentence as _
from crm.kernel.query_plans import analyze_table
from crm.kernel.staff_texts import TextTemplate, staff_text
from crm.runs.errors import WrongImportStep
from crm.runs.models import ImportRow, ImportRun, Run
from crm.runs.work_kinds import Chunk, Progress, UnrecoverableError, register_work
from crm.tenancy.origin import Origin

# Resume point of a dry run that has read the whole file: the last group that was settled.
SETTLED_UP_TO = "settled"
# Resume point of an import of all rows or none: how many rows had drifted where it stopped.
DRIFTED = "drifted"
STOPPED_BY_DRIFT = TextTemplate(
    "{count:,} rows have changed since the preview, and all rows are imported or none."
)
CHECKING, IMPORTING = staff_text("Checking rows"), staff_text("Importing rows")

Counts = dict[str, int]

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Tally:
    """Counts up to the last committed chunk; ``pending`` are those of the current chunk."""

    done: int
    counts: Counts
    pending: Counts

    def commit(self, rows: int) -> None:
        self.done += rows
        self.counts = self.sum()

    def sum(self) -> Counts:
        names = {**self.counts, **self.pending}
        return {name: self.counts.get(name, 0) + self.pending.get(name, 0) for name in names}


def register_import(kind: ImportKind) -> None:
    """Register an import type and its background work; called from ``AppConfig.ready``."""
    add_import_kind(kind)
    register_work(f"{kind.key}.import_dry_run", dry_run_file, confirm_if_told)
    register_work(f"{kind.key}.import", apply_file)
    register_work(f"{kind.key}{UNDO_SUFFIX}", undo_file)


def dry_run_file(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Stage all rows of the file with the outcome of each."""
    upload = get_import_of_run(run_id=run.pk, step="dry_run")
    importer = build_import(upload)
    tally = _Tally(run.done, dict(run.result), {})
    if SETTLED_UP_TO not in run.resume_point:
        yield from _plan_file(run, origin, upload, importer, tally)
    if importer.is_grouped:
        settle = partial(importer.settle_groups, origin=origin, import_id=upload.pk)
        yield from _settle_groups(upload.pk, settle, tally, run.resume_point.get(SETTLED_UP_TO, 0))


def _plan_file(
    run: Run, origin: Origin, upload: ImportRun, importer: FileImport, tally: _Tally
) -> Iterator[Chunk]:
    """Stage the rows, up to one that contradicts how the file is read: then staff are asked."""
    plan = partial(importer.plan_rows, origin=origin, import_id=upload.pk)
    _stop_to_ask(find_question(run))
    try:
        with open_table(upload, run.resume_point) as table:
            for rows in _split_chunks(table.rows()):
                share = table.share()
                total = round((tally.done + len(rows)) / share) if share else 0
                chunk = partial(
                    _run_chunk,
                    partial(plan, rows=rows),
                    len(rows),
                    tally,
                    position=table.position,
                    step=CHECKING,
                    total=total,
                )
                yield partial(_run_until_question, chunk, importer)
                tally.commit(len(rows))
                _stop_to_ask(importer.question)
    except UnreadableFile as problem:
        raise UnrecoverableError(str(problem)) from problem
    except FileNotFoundError as gone:
        raise UnrecoverableError(
            _("The uploaded file no longer exists. Upload it again.")
        ) from gone
    if not tally.done:
        raise UnrecoverableError(_("The file has no rows."))


def _run_until_question(chunk: Chunk, importer: FileImport) -> Progress:
    progress = chunk()
    if importer.question is None:
        return progress
    return replace(
        progress, resume_point={**progress.resume_point, QUESTION: asdict(importer.question)}
    )


def _stop_to_ask(question: Question | None) -> None:
    if question is not None:
        raise UnrecoverableError(str(question))


def _settle_groups(
    import_id: int, settle: Callable[..., Counts], tally: _Tally, last_head: int
) -> Iterator[Chunk]:
    """Settle groups of rows that belong together; they are counted already."""
    limit = CHUNK_SIZES[connection.vendor]
    if not last_head:
        analyze_table(ImportRow)
    while groups := list_groups(import_id=import_id, after=last_head, limit=limit):
        last_head = groups[-1][0]
        settle_chunk = partial(settle, groups=groups)
        yield partial(
            _run_chunk, settle_chunk, 0, tally, position={SETTLED_UP_TO: last_head}, step=CHECKING
        )
        tally.commit(0)


def confirm_if_told(run: Run, origin: Origin) -> None:
    """Start the import of a file whose dry run is done, if whoever sent it has said so.

    A file that cannot be imported, because all rows or none are and one has an error, or because
    none of its rows writes anything, stays checked.
    """
    upload = get_import_of_run(run_id=run.pk, step="dry_run")
    if not upload.auto_confirm:
        return
    try:
        start_apply(origin=origin, import_id=upload.pk)
    except WrongImportStep as refusal:
        log.info("import_not_confirmed", upload=upload.pk, reason=str(refusal))


def apply_file(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Apply the rows that the dry run staged to be created or updated."""
    upload = get_import_of_run(run_id=run.pk, step="apply_run")
    origin = replace(origin, door=Event.Door.IMPORT)
    importer = build_import(upload)
    apply = importer.apply_rows
    if upload.all_or_nothing:
        apply = partial(_apply_all_or_none, importer, upload.pk)
        _stop_if_drifted(run.resume_point.get(DRIFTED, 0))
    list_next = _list_grouped_rows_to_apply if importer.is_grouped else list_rows_to_apply
    tally = _Tally(run.done, dict(run.result), {})
    last_number: int = run.resume_point.get("row", 0)
    if not last_number:
        analyze_table(ImportRow)
    while rows := list_next(
        import_id=upload.pk, after=last_number, limit=CHUNK_SIZES[connection.vendor]
    ):
        last_number = rows[-1].head or rows[-1].number
        apply_chunk = partial(apply, origin=origin, rows=rows)
        yield partial(
            _apply_chunk, apply_chunk, len(rows), tally, {"row": last_number}, upload.all_or_nothing
        )
        tally.commit(len(rows))
        if upload.all_or_nothing:
            _stop_if_drifted(tally.counts.get("drifted", 0))


def _apply_chunk(
    apply: Callable[[], Counts],
    rows: int,
    tally: _Tally,
    position: Position,
    stops_when_drifted: bool,
) -> Progress:
    progress = _run_chunk(apply, rows, tally, position=position, step=IMPORTING)
    if stops_when_drifted and (drifted := tally.pending.get("drifted", 0)):
        return replace(progress, resume_point={**position, DRIFTED: drifted})
    return progress


def _apply_all_or_none(
    importer: FileImport, import_id: int, *, origin: Origin, rows: Sequence[StagedRow]
) -> Counts:
    """Apply the rows of a chunk; when one has drifted, apply none, and undo earlier chunks."""
    with transaction.atomic():
        counts = importer.apply_rows(origin=origin, rows=rows)
        if not counts.get("drifted"):
            return counts
        drifted = list_drifts(pks=[row.pk for row in rows])
        transaction.set_rollback(True)
    mark_drifted(remarks=drifted)
    undo_drifted_import(origin=origin, import_id=import_id)
    return {"drifted": len(drifted)}


def _stop_if_drifted(rows: int) -> None:
    if rows:
        raise UnrecoverableError(STOPPED_BY_DRIFT(count=rows))


def _list_grouped_rows_to_apply(*, import_id: int, after: int, limit: int) -> list[StagedRow]:
    groups = list_groups(import_id=import_id, after=after, limit=limit, outcomes=OUTCOMES_TO_APPLY)
    return list_rows_of_groups(
        import_id=import_id, heads=[head for head, _ in groups], outcomes=OUTCOMES_TO_APPLY
    )


def _run_chunk(
    run: Callable[[], Counts],
    rows: int,
    tally: _Tally,
    *,
    position: Position,
    step: str,
    total: int | None = None,
) -> Progress:
    # Replaced instead of added to, because the unit of work may run twice.
    tally.pending = run()
    return Progress(done=rows, resume_point=position, step=step, total=total, result=tally.sum())


def _split_chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK_SIZES[connection.vendor])):
        yield chunk
