"""Undo an import, as the pages and a worker do it together."""

from django.utils import timezone

from crm.imports.operations.undo import undo_import
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRow
from customers.models import Note
from tests.builders import (
    make_origin,
)
from tests.crm.dumping import dump_rows
from tests.customers import import_helpers as customer_files
from tests.customers.import_helpers import reload_import, run_to_end

MOBILE = "919800000001"
# Configuration that is made when it is needed first.
CONFIGURATION = {"loyalty.CardLabel"}
# Kept for good: the movements of memberships that were withdrawn, and reversed movements.
LEDGER = {"loyalty.PointsEntry", "loyalty.PointsAllocation", "loyalty.WithdrawnMembership"}


def make_undo_origin(actor=None):
    return make_origin(actor=actor, door="CONSOLE", at=timezone.now())


def undo(upload, rows=(), actor=None):
    unit_of_work(undo_import)(origin=make_undo_origin(actor), import_id=upload.pk, rows=rows)
    upload = reload_import(upload)
    run_to_end(upload.undo_run)
    return reload_import(upload)


def dump_kept(without=LEDGER):
    return {name: rows for name, rows in dump_rows().items() if name not in without}


def write_note(customer):
    now = timezone.now()
    Note.objects.create(
        org=customer.org,
        customer=customer,
        description="Likes tea",
        associate_id="7",
        noted_at=now,
        added_at=now,
        modified_at=now,
    )


def list_obstacles(upload):
    return {
        number: [text for _, text in remarks]
        for number, remarks in ImportRow.objects.filter(upload=upload, obstacles__isnull=False)
        .order_by("number")
        .values_list("number", "obstacles")
    }


def import_customers(content, **changes):
    return customer_files.import_file(customer_files.check_file(content, **changes))
