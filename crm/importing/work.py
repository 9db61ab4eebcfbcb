"""The two pieces of long work of every import: checking a file, and doing what was shown."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection

from crm.audit.models import Event
from crm.importing.kinds import import_kind
from crm.runs.models import ImportRun, Run
from crm.runs.queries.imports import StagedRow, get_import_of_run, list_wanted
from crm.runs.reading.opening import open_table
from crm.runs.reading.table import CannotRead, Position, Row
from crm.runs.work import CannotGoOn, Chunk, Progress
from crm.tenancy.origin import Origin

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
    plan = partial(kind.plan_rows, origin=origin, import_id=upload.pk, reader=_reader(upload))
    tally = _Tally(run.done, dict(run.result), {})
    try:
        with open_table(upload, run.resume_point) as table:
            for rows in _chunks(table.rows()):
                share = table.share()
                total = round((tally.done + len(rows)) / share) if share else 0
                yield partial(
                    _do_chunk,
                    plan,
                    rows,
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


def apply_file(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Create and update what the dry run showed, from the rows that it staged."""
    upload = get_import_of_run(run_id=run.pk, step="apply_run")
    origin = replace(origin, door=Event.Door.IMPORT)
    apply = partial(import_kind(upload.kind).apply_rows, origin=origin, reader=_reader(upload))
    tally = _Tally(run.done, dict(run.result), {})
    last: int = run.resume_point.get("row", 0)
    while rows := list_wanted(import_id=upload.pk, after=last, limit=CHUNK[connection.vendor]):
        last = rows[-1].number
        yield partial(_do_chunk, apply, rows, tally, position={"row": last}, step=IMPORTING)
        tally.take_over(len(rows))


def _do_chunk(
    do: Callable[..., Counts],
    rows: list[Row] | list[StagedRow],
    tally: _Tally,
    *,
    position: Position,
    step: str,
    total: int | None = None,
) -> Progress:
    # Replaced, not added to: the unit may run twice.
    tally.news = do(rows=rows)
    return Progress(
        done=len(rows), resume_point=position, step=step, total=total, result=tally.sum()
    )


def _reader(upload: ImportRun) -> Any:
    kind = import_kind(upload.kind)
    return kind.reader(upload.org, upload.header, kind.reading.of_json(upload.mapping))


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK[connection.vendor])):
        yield chunk
