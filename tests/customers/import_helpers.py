"""Bringing a file in, as the pages and a worker do it together."""

from dataclasses import replace
from io import BytesIO

from django.core.files.base import ContentFile
from django.utils import timezone

from crm.imports.files.layout_detection import detect_layout, read_first_rows
from crm.imports.files.open_table import get_layout
from crm.imports.operations.import_runs import start_apply, start_dry_run, store_upload
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRow, ImportRun, Run
from crm.runs.worker_turn import run_turn
from customers.imports.customers import CustomerImport
from tests.builders import get_or_make_source_account, make_origin


def make_staff_origin(org=None):
    return make_origin(org=org, door="CONSOLE", at=timezone.now())


def upload_file(content, name="people.csv", org=None):
    data = content if isinstance(content, bytes) else content.encode()
    return unit_of_work(store_upload)(
        origin=make_staff_origin(org),
        kind="customers",
        file=ContentFile(data),
        name=name,
        layout=detect_layout(BytesIO(data), len(data)),
    )


def guess_import_mapping(upload, **changes):
    """What the page would offer, but for some changes."""
    account = get_or_make_source_account(org=upload.org)
    with upload.file.storage.open(upload.file.name, "rb") as file:
        sample = read_first_rows(file, get_layout(upload), upload.file_size, 100)
    mapping = CustomerImport.guess(
        upload.org,
        upload.header,
        [row.cells for row in sample],
        delimiter=upload.delimiter,
    )
    return replace(mapping, **{"source_account_id": account.pk, **changes})


def start_check(content, name="people.csv", org=None, **changes):
    upload = upload_file(content, name, org)
    get_or_make_source_account(org=upload.org)
    unit_of_work(start_dry_run)(
        origin=make_staff_origin(upload.org),
        import_id=upload.pk,
        mapping=guess_import_mapping(upload, **changes).as_json(),
    )
    return reload_import(upload)


def check_file(content, name="people.csv", org=None, **changes):
    """Upload a file and let a worker make the dry run."""
    upload = start_check(content, name, org, **changes)
    run_to_end(upload.dry_run)
    return reload_import(upload)


def start_import(upload):
    unit_of_work(start_apply)(origin=make_staff_origin(upload.org), import_id=upload.pk)
    return reload_import(upload)


def import_file(upload):
    """Confirm what was shown and let a worker do it."""
    upload = start_import(upload)
    run_to_end(upload.apply_run)
    return reload_import(upload)


def run_to_end(run):
    """Let a worker come by until the run is over."""
    for _ in range(50):
        run.refresh_from_db()
        if run.finished_at is not None:
            break
        run_turn(run_id=run.pk, ticket=run.lease_token)
    assert run.state in (Run.State.DONE, Run.State.FAILED)


def reload_import(upload):
    return ImportRun.objects.select_related("org", "dry_run", "apply_run", "undo_run").get(
        pk=upload.pk
    )


def list_outcomes(upload):
    """Row numbers with what becomes of them."""
    return dict(
        ImportRow.objects.filter(upload=upload).order_by("number").values_list("number", "outcome")
    )


def list_remarks(upload):
    """Row numbers with their remarks, of rows that have any."""
    return {
        number: [tuple(remark) for remark in row_remarks]
        for number, row_remarks in ImportRow.objects.filter(upload=upload)
        .order_by("number")
        .values_list("number", "remarks")
        if row_remarks
    }


def list_counts(run):
    return {name: count for name, count in run.result.items() if count}
