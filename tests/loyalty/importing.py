"""Bringing files of cards and coupons in, as the pages and a worker do it together."""

from dataclasses import replace
from io import BytesIO

from django.core.files.base import ContentFile
from django.utils import timezone

from crm.importing.kinds import import_kind
from crm.kernel.transactions import unit_of_work
from crm.runs.operations.importing import keep_upload, start_apply, start_dry_run
from crm.runs.reading.opening import layout_of
from crm.runs.reading.sniffing import first_rows, sniff
from tests.builders import make_origin
from tests.customers.importing import again, work_on


def begin_check(kind, content, **changes):
    """Upload a file and ask for the dry run, with the columns as they are guessed."""
    data, origin = content.encode(), make_origin(door="CONSOLE", at=timezone.now())
    upload = unit_of_work(keep_upload)(
        origin=origin,
        kind=kind,
        file=ContentFile(data),
        name=f"{kind}.csv",
        layout=sniff(BytesIO(data), len(data)),
    )
    with upload.file.storage.open(upload.file.name, "rb") as file:
        sample = first_rows(file, layout_of(upload), upload.file_size, 100)
    guess = import_kind(kind).guess(upload.org, upload.header, [row.cells for row in sample])
    reading = replace(guess, **changes)
    assert list(import_kind(kind).faults(reading)) == []
    unit_of_work(start_dry_run)(origin=origin, import_id=upload.pk, mapping=reading.as_json())
    return again(upload)


def check(kind, content, **changes):
    """Let a worker make the dry run."""
    upload = begin_check(kind, content, **changes)
    work_on(upload.dry_run)
    return again(upload)


def begin_apply(upload):
    origin = make_origin(org=upload.org, door="CONSOLE", at=timezone.now())
    unit_of_work(start_apply)(origin=origin, import_id=upload.pk)
    return again(upload)


def carry_out(upload):
    """Confirm what was shown and let a worker do it."""
    upload = begin_apply(upload)
    work_on(upload.apply_run)
    return again(upload)
