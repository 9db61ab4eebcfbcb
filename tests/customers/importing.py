"""Bringing a file in, as the pages and a worker do it together."""

from dataclasses import replace
from io import BytesIO

from django.core.files.base import ContentFile
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRow, ImportRun, Run
from crm.runs.operations.importing import keep_upload, start_apply, start_dry_run
from crm.runs.reading.opening import layout_of
from crm.runs.reading.sniffing import first_rows, sniff
from crm.runs.slicing import do_slice
from customers.imports.mapping import guess
from customers.queries.standards import get_standards
from tests.builders import make_origin, the_source_account


def origin_of_staff(org=None):
    return make_origin(org=org, door="CONSOLE", at=timezone.now())


def upload_file(content, name="people.csv", org=None):
    data = content if isinstance(content, bytes) else content.encode()
    return unit_of_work(keep_upload)(
        origin=origin_of_staff(org),
        kind="customers",
        file=ContentFile(data),
        name=name,
        layout=sniff(BytesIO(data), len(data)),
    )


def guessed(upload, **changes):
    """What the page would offer, but for some changes."""
    account = the_source_account(org=upload.org)
    with upload.file.storage.open(upload.file.name, "rb") as file:
        sample = first_rows(file, layout_of(upload), upload.file_size, 100)
    reading = guess(
        names=upload.header,
        sample=[row.cells for row in sample],
        standards=get_standards(upload.org),
        source_account_id=account.pk,
    )
    return replace(reading, **changes)


def begin_check(content, name="people.csv", org=None, **changes):
    upload = upload_file(content, name, org)
    the_source_account(org=upload.org)
    unit_of_work(start_dry_run)(
        origin=origin_of_staff(upload.org),
        import_id=upload.pk,
        mapping=guessed(upload, **changes).as_json(),
    )
    return again(upload)


def check(content, name="people.csv", org=None, **changes):
    """Upload a file and let a worker make the dry run."""
    upload = begin_check(content, name, org, **changes)
    work_on(upload.dry_run)
    return again(upload)


def begin_apply(upload):
    unit_of_work(start_apply)(origin=origin_of_staff(upload.org), import_id=upload.pk)
    return again(upload)


def carry_out(upload):
    """Confirm what was shown and let a worker do it."""
    upload = begin_apply(upload)
    work_on(upload.apply_run)
    return again(upload)


def work_on(run):
    """Let a worker come by until the run is over."""
    for _ in range(50):
        run.refresh_from_db()
        if run.finished_at is not None:
            break
        do_slice(run_id=run.pk, ticket=run.lease_token)
    assert run.state in (Run.State.DONE, Run.State.FAILED)


def again(upload):
    return ImportRun.objects.select_related("org", "dry_run", "apply_run").get(pk=upload.pk)


def outcomes(upload):
    """Row numbers with what becomes of them."""
    return dict(
        ImportRow.objects.filter(upload=upload).order_by("number").values_list("number", "outcome")
    )


def remarks(upload):
    """Row numbers with their remarks, of rows that have any."""
    return {
        number: [tuple(remark) for remark in said]
        for number, said in ImportRow.objects.filter(upload=upload)
        .order_by("number")
        .values_list("number", "remarks")
        if said
    }


def counts(run):
    return {name: count for name, count in run.result.items() if count}
