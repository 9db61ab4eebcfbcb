"""Import files of cards and coupons, as the pages and a worker do it together."""

from dataclasses import replace
from io import BytesIO

from django.core.files.base import ContentFile
from django.utils import timezone

from crm.imports.files.layout_detection import detect_layout, read_first_rows
from crm.imports.files.open_table import get_layout
from crm.imports.import_kinds import get_import_kind
from crm.imports.operations.import_runs import start_apply, start_dry_run, store_upload
from crm.kernel.transactions import unit_of_work
from tests.builders import make_origin
from tests.customers.import_helpers import reload_import, run_to_end


def start_check(kind, content, mode="UPSERT", **changes):
    """Upload a file and start the dry run with the guessed column mapping."""
    data, origin = content.encode(), make_origin(door="CONSOLE", at=timezone.now())
    upload = unit_of_work(store_upload)(
        origin=origin,
        kind=kind,
        file=ContentFile(data),
        name=f"{kind}.csv",
        layout=detect_layout(BytesIO(data), len(data)),
    )
    with upload.file.storage.open(upload.file.name, "rb") as file:
        sample = read_first_rows(file, get_layout(upload), upload.file_size, 100)
    guessed_mapping = get_import_kind(kind).guess(
        upload.org,
        upload.header,
        [row.cells for row in sample],
        delimiter=upload.delimiter,
    )
    mapping = replace(guessed_mapping, **changes)
    assert list(get_import_kind(kind).faults(mapping)) == []
    unit_of_work(start_dry_run)(
        origin=origin, import_id=upload.pk, mapping=mapping.as_json(), mode=mode
    )
    return reload_import(upload)


def check_file(kind, content, **changes):
    """Upload a file and let a worker do the dry run."""
    upload = start_check(kind, content, **changes)
    run_to_end(upload.dry_run)
    return reload_import(upload)


def start_import(upload):
    origin = make_origin(org=upload.org, door="CONSOLE", at=timezone.now())
    unit_of_work(start_apply)(origin=origin, import_id=upload.pk)
    return reload_import(upload)


def import_file(upload):
    """Apply the import and let a worker do it."""
    upload = start_import(upload)
    run_to_end(upload.apply_run)
    return reload_import(upload)
