"""Exports of many rows: a worker writes them to storage, part by part, for a week."""

import csv
import io
import secrets
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from crm.exports.export_rows import Export, build_export
from crm.exports.tables import build_workbook_file
from crm.imports.failed_rows import BYTE_ORDER_MARK
from crm.kernel.errors import DomainError
from crm.kernel.transactions import after_commit, within_unit_of_work
from crm.runs.errors import ExportExpired, ExportFailed, ExportUnknown
from crm.runs.models import Run
from crm.runs.operations.run_start import start_run
from crm.runs.work_kinds import Chunk, Progress, UnrecoverableError
from crm.tenancy.origin import Origin

KIND = "export"
# More rows than these are not written while the caller waits.
MOST_AT_ONCE = 50_000
RETENTION = timedelta(days=7)
EXPIRED_AT_ONCE = 100


@within_unit_of_work
def start_export(*, origin: Origin, export: Export, format: str, total: int) -> Run:
    """Queue an export; a worker writes it."""
    return start_run(
        origin=origin,
        kind=KIND,
        total=total,
        resume_point={
            "list": export.declared.key,
            "format": format,
            "filters": dict(export.filters),
            "columns": export.get_header(),
            "masked": export.is_masked,
            "folder": f"exports/{origin.org.pk}/{secrets.token_hex(16)}",
            "after": None,
            "parts": 0,
        },
    )


def write_export(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Write the rows, a part for each batch; a part that was written is not written again."""
    point = dict(run.resume_point)
    try:
        export = _rebuild(run)
    except DomainError as refusal:
        raise UnrecoverableError(str(refusal)) from refusal
    for last, rows in export.iterate_batches(point["after"]):
        path = _name_part(point, point["parts"])
        point = {**point, "after": last, "parts": point["parts"] + 1}
        yield partial(_write_part, path, rows, point)


def _write_part(path: str, rows: list[list[Any]], point: dict[str, Any]) -> Progress:
    # The unit may run twice, or a worker may have died after writing.
    default_storage.delete(path)
    default_storage.save(path, ContentFile(_format_lines(rows)))
    return Progress(done=len(rows), resume_point=point)


def get_export_run(*, org_id: int, run_id: int) -> Run:
    """Return an export that a worker writes or has written.

    Raises:
        ExportUnknown: the organization has no such export.
    """
    run = Run.objects.filter(pk=run_id, org_id=org_id, kind=KIND).select_related("org").first()
    if run is None:
        raise ExportUnknown()
    return run


def check_export(run: Run) -> None:
    """Check that the file of a finished export is there.

    Raises:
        ExportFailed: it was never finished.
        ExportExpired: its file was deleted.
    """
    if run.state != Run.State.DONE:
        raise ExportFailed()
    if run.resume_point.get("folder") is None:
        raise ExportExpired()


def iterate_export_file(run: Run) -> Iterator[bytes]:
    """Yield the CSV file of a finished export."""
    yield (BYTE_ORDER_MARK.encode()) + _format_lines([run.resume_point["columns"]])
    for path in _list_parts(run):
        with default_storage.open(path, "rb") as part:
            while chunk := part.read(256 * 1024):
                yield chunk


def build_export_workbook(run: Run) -> IO[bytes]:
    """Return the workbook of a finished export, as a temporary file."""
    return build_workbook_file(_iterate_cells(run))


@within_unit_of_work
def delete_expired_exports(*, now: datetime) -> int:
    """Delete the files of exports that ended a week ago; return how many there were."""
    runs = Run.objects.filter(
        kind=KIND, finished_at__lt=now - RETENTION, resume_point__has_key="folder"
    )[:EXPIRED_AT_ONCE]
    count = 0
    for run in runs:
        for path in _list_parts(run):
            after_commit(partial(default_storage.delete, path))
        run.resume_point = {name: v for name, v in run.resume_point.items() if name != "folder"}
        run.save(update_fields=["resume_point"])
        count += 1
    return count


def _rebuild(run: Run) -> Export:
    point = run.resume_point
    return build_export(
        org=run.org,
        name=point["list"],
        filters=point["filters"],
        columns=point["columns"],
        is_masked=point["masked"],
    )


def _iterate_cells(run: Run) -> Iterator[list[Any]]:
    yield run.resume_point["columns"]
    for path in _list_parts(run):
        with default_storage.open(path, "rb") as part:
            yield from csv.reader(io.TextIOWrapper(part, "utf-8", newline=""))


def _list_parts(run: Run) -> list[str]:
    return [_name_part(run.resume_point, number) for number in range(run.resume_point["parts"])]


def _name_part(point: dict[str, Any], number: int) -> str:
    return f"{point['folder']}/{number:06}.csv"


def _format_lines(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
