"""Imports of the demo, one in each state from which a caller can go on, and an export."""

from datetime import datetime
from io import BytesIO

from django.core.files.base import ContentFile

from crm.demo.data_files import FOLDER, Row, read_data
from crm.demo.organization import DemoOrganization
from crm.exports.export_rows import build_export
from crm.exports.export_work import start_export
from crm.imports.import_kinds import find_import_kind
from crm.imports.operations.cancel import cancel_import
from crm.imports.operations.import_runs import start_apply
from crm.imports.queries.import_states import APPLIED, CANCELLED
from crm.imports.upload_options import UploadOptions
from crm.imports.uploads import prepare_upload, start_upload
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.work_kinds import get_work
from crm.tenancy.origin import Origin


@within_unit_of_work
def load_imports(demo: DemoOrganization) -> None:
    """Bring the files in, as a worker would, each up to its state."""
    for row in read_data("imports"):
        _load_import(demo, row)


@within_unit_of_work
def load_export(demo: DemoOrganization) -> None:
    """Write an export of the tickets as a worker does, to be downloaded."""
    origin = demo.origin("demo.till", {"hours": 2})
    export = build_export(org=demo.org, name="tickets", filters={}, columns=["code", "status"])
    _work_off(start_export(origin=origin, export=export, format="csv", total=0), origin)


def _load_import(demo: DemoOrganization, row: Row) -> None:
    origin = demo.origin(row["by"], row["at"])
    content = (FOLDER / "imports" / row["file"]).read_bytes()
    prepared = prepare_upload(
        org=demo.org,
        kind=find_import_kind(row["kind"]),
        file=BytesIO(content),
        size=len(content),
        name=row["file"],
        options=UploadOptions(),
    )
    upload = start_upload(
        origin=origin, prepared=prepared, file=ContentFile(content), name=row["file"]
    )
    upload.refresh_from_db()
    if row["until"] == CANCELLED:
        cancel_import(origin=origin, import_id=upload.pk)
        return
    _work_off(upload.dry_run, origin)
    if row["until"] == APPLIED:
        _work_off(start_apply(origin=origin, import_id=upload.pk), origin)


def _work_off(run: Run | None, origin: Origin) -> None:
    """Do all of a run at once; the worker that is told of it finds it done."""
    if run is None:
        raise AssertionError("the run was started in this unit")
    for chunk in get_work(run.kind)(run, origin):
        progress = chunk()
        run.done += progress.done
        run.resume_point, run.result = progress.resume_point, progress.result or run.result
        run.step = progress.step or run.step
    _finish(run, origin.at)


def _finish(run: Run, at: datetime) -> None:
    run.total, run.state = run.done, Run.State.DONE
    run.started_at = run.finished_at = run.advanced_at = at
    run.lease_until = None
    run.save()
