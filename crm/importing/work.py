"""The two pieces of long work of every import: checking a file, and doing what was shown."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection

from crm.audit.models import Event
from crm.importing.kinds import import_kind
from crm.kernel.planning import count_anew
from crm.runs.models import ImportRow, ImportRun, Run
from crm.runs.queries.imports import (
    WANTED,
    StagedRow,
    get_import_of_run,
    list_groups,
    list_rows_of_groups,
    list_wanted,
)
from crm.runs.reading.opening import open_table
from crm.runs.reading.table import CannotRead, Position, Row
from crm.runs.work import CannotGoOn, Chunk, Progress
from crm.tenancy.origin import Origin

# Where a dry run stands that has read the whole file: the last group that is decided.
SETTLED = "settled"
CHECKING, IMPORTING = "Checking rows", "Importing rows"
# Larger chunks save little. On SQLite a chunk holds the only write lock: others wait for it.
CHUNK = {"postgresql": 2_000, "sqlite": 500}

Counts = dict[str, int]


@dataclass(slots=True)
class _Tally:
    """Counts up to the last chunk that is safe; ``news`` are those of the one being done."""

    done: int
    counts: Counts
    news: Counts

    def take_over(self, rows: int) -> None:
        self.done += rows
        self.counts = self.sum()

    def sum(self) -> Counts:
        names = {**self.counts, **self.news}
        return {name: self.counts.get(name, 0) + self.news.get(name, 0) for name in names}


def check_file(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Stage all rows of the file with what each would do."""
    upload = get_import_of_run(run_id=run.pk, step="dry_run")
    kind = import_kind(upload.kind)
    held = {"origin": origin, "import_id": upload.pk, "reader": _reader(upload)}
    tally = _Tally(run.done, dict(run.result), {})
    if SETTLED not in run.resume_point:
        yield from _read_file(run, upload, partial(kind.plan_rows, **held), tally)
    if kind.settle_groups is not None:
        last = run.resume_point.get(SETTLED, 0)
        yield from _settle(upload.pk, partial(kind.settle_groups, **held), tally, last)


def _read_file(
    run: Run, upload: ImportRun, plan: Callable[..., Counts], tally: _Tally
) -> Iterator[Chunk]:
    try:
        with open_table(upload, run.resume_point) as table:
            for rows in _chunks(table.rows()):
                share = table.share()
                total = round((tally.done + len(rows)) / share) if share else 0
                yield partial(
                    _do_chunk,
                    partial(plan, rows=rows),
                    len(rows),
                    tally,
                    position=table.position,
                    step=CHECKING,
                    total=total,
                )
                tally.take_over(len(rows))
    except CannotRead as problem:
        raise CannotGoOn(str(problem)) from problem
    except FileNotFoundError as gone:
        raise CannotGoOn("The uploaded file is gone. Upload it again.") from gone
    if not tally.done:
        raise CannotGoOn("The file has no rows.")


def _settle(
    import_id: int, settle: Callable[..., Counts], tally: _Tally, last: int
) -> Iterator[Chunk]:
    """Decide rows that belong together; their number has been told already."""
    limit = CHUNK[connection.vendor]
    if not last:
        count_anew(ImportRow)
    while groups := list_groups(import_id=import_id, after=last, limit=limit):
        last = groups[-1][0]
        done = partial(settle, groups=groups)
        yield partial(_do_chunk, done, 0, tally, position={SETTLED: last}, step=CHECKING)
        tally.take_over(0)


def apply_file(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Create and update what the dry run showed, from the rows that it staged."""
    upload = get_import_of_run(run_id=run.pk, step="apply_run")
    origin = replace(origin, door=Event.Door.IMPORT)
    kind = import_kind(upload.kind)
    apply = partial(kind.apply_rows, origin=origin, reader=_reader(upload))
    list_next = list_wanted if kind.settle_groups is None else _list_wanted_groups
    tally = _Tally(run.done, dict(run.result), {})
    last: int = run.resume_point.get("row", 0)
    if not last:
        count_anew(ImportRow)
    while rows := list_next(import_id=upload.pk, after=last, limit=CHUNK[connection.vendor]):
        last = rows[-1].head or rows[-1].number
        done = partial(apply, rows=rows)
        yield partial(_do_chunk, done, len(rows), tally, position={"row": last}, step=IMPORTING)
        tally.take_over(len(rows))


def _list_wanted_groups(*, import_id: int, after: int, limit: int) -> list[StagedRow]:
    groups = list_groups(import_id=import_id, after=after, limit=limit, outcomes=WANTED)
    return list_rows_of_groups(
        import_id=import_id, heads=[head for head, _ in groups], outcomes=WANTED
    )


def _do_chunk(
    do: Callable[[], Counts],
    rows: int,
    tally: _Tally,
    *,
    position: Position,
    step: str,
    total: int | None = None,
) -> Progress:
    # Replaced, not added to: the unit may run twice.
    tally.news = do()
    return Progress(done=rows, resume_point=position, step=step, total=total, result=tally.sum())


def _reader(upload: ImportRun) -> Any:
    kind = import_kind(upload.kind)
    return kind.reader(upload.org, upload.header, kind.reading.of_json(upload.mapping))


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK[connection.vendor])):
        yield chunk
