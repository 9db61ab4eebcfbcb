"""An import is undone: as a whole, in chosen rows, after a preview, with an approver."""

import pytest
from django.urls import reverse

from crm.audit.models import Event
from crm.imports.operations.import_runs import WrongImportStep
from crm.imports.operations.undo import OwnUndo, decide_undo, undo_import
from crm.imports.queries.import_runs import find_earlier_import
from crm.imports.queries.import_states import get_state
from crm.imports.undo_work import rehearse_undo
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRow, ImportUndo
from crm.tenancy.operations.settings import change_settings
from customers.models import Customer
from loyalty.queries.ledger_check import find_ledger_violations
from tests.approval_builders import make_person
from tests.builders import (
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_program,
)
from tests.card_builders import make_coupon_series
from tests.crm.dumping import dump_rows
from tests.crm.undo_helpers import (
    MOBILE,
    dump_kept,
    import_customers,
    list_obstacles,
    make_undo_origin,
    undo,
    write_note,
)
from tests.customers import import_helpers as customer_files
from tests.customers.import_helpers import reload_import, run_to_end
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sums_hold():
    yield
    assert find_ledger_violations() == []


@pytest.fixture
def program():
    return make_program(
        "Stars",
        is_default=True,
        registration_bonus=50,
        welcome_series=make_coupon_series("WELCOME"),
    )


def test_undoes_chosen_rows_only():
    get_or_make_source_account()
    upload = import_customers("Mobile\n9800000001\n9800000002\n9800000003\n")

    upload = undo(upload, rows=[3])

    assert get_state(upload) == "PARTLY_UNDONE"
    assert list(ImportRow.objects.filter(is_undone=True).values_list("number", flat=True)) == [3]
    assert Customer.objects.count() == 2
    with pytest.raises(WrongImportStep, match="no rows to undo"):
        undo(upload, rows=[3, 77])
    assert get_state(undo(upload)) == "UNDONE"
    with pytest.raises(WrongImportStep, match="undone already"):
        undo(upload)


def test_is_not_undone_before_it_has_ended():
    upload = customer_files.start_import(customer_files.check_file("Mobile\n9800000001\n"))

    with pytest.raises(WrongImportStep, match="has ended"):
        undo(upload)


def test_previews_what_would_be_undone_and_changes_nothing(program):
    upload = import_customers("Mobile\n9800000001\n9800000002\n")
    first = Customer.objects.order_by("pk")[0]
    write_note(first)
    before = dump_rows()

    preview = unit_of_work(rehearse_undo)(origin=make_undo_origin(), import_id=upload.pk)

    assert (preview.total, preview.tried, preview.undoable) == (2, 2, 1)
    assert preview.obstacles == [(2, "Something came to depend on it: note.")]
    assert dump_rows() == before
    assert get_state(reload_import(upload)) == "APPLIED"


def test_a_large_import_asks_an_approver_who_is_somebody_else():
    org = get_or_make_organization()
    unit_of_work(change_settings)(org_id=org.pk, values={"CONF_IMPORT_UNDO_APPROVAL_ROWS": 1})
    upload = import_customers("Mobile\n9800000001\n9800000002\n")
    asker, approver = make_person(), make_person()

    wish = unit_of_work(undo_import)(origin=make_undo_origin(asker), import_id=upload.pk)
    assert (wish.needs_approval, wish.run) == (True, None)
    assert get_state(reload_import(upload)) == "APPLIED"
    with pytest.raises(WrongImportStep, match="asked already"):
        undo(upload)
    with pytest.raises(OwnUndo):
        unit_of_work(decide_undo)(origin=make_undo_origin(asker), import_id=upload.pk, approve=True)
    unit_of_work(decide_undo)(origin=make_undo_origin(approver), import_id=upload.pk, approve=True)

    run_to_end(reload_import(upload).undo_run)
    assert get_state(reload_import(upload)) == "UNDONE"
    assert [
        *Event.objects.filter(kind__startswith="import.undo").values_list("kind", flat=True)
    ] == [
        "import.undo_asked",
        "import.undo_approved",
        "import.undo_started",
    ]


def test_a_refused_undo_can_be_asked_for_again():
    org = get_or_make_organization()
    unit_of_work(change_settings)(org_id=org.pk, values={"CONF_IMPORT_UNDO_APPROVAL_ROWS": 1})
    upload = import_customers("Mobile\n9800000001\n9800000002\n")
    asker, approver = make_person(), make_person()
    unit_of_work(undo_import)(origin=make_undo_origin(asker), import_id=upload.pk)

    unit_of_work(decide_undo)(origin=make_undo_origin(approver), import_id=upload.pk, approve=False)

    assert get_state(reload_import(upload)) == "APPLIED"
    with pytest.raises(WrongImportStep, match="waits for an approval"):
        unit_of_work(decide_undo)(
            origin=make_undo_origin(approver), import_id=upload.pk, approve=True
        )
    unit_of_work(undo_import)(origin=make_undo_origin(asker), import_id=upload.pk)
    assert ImportUndo.objects.count() == 2


def test_all_rows_or_none_takes_back_what_went_in_before_the_row_that_drifted(monkeypatch):
    monkeypatch.setattr("crm.imports.import_work.CHUNK_SIZES", {"postgresql": 1, "sqlite": 1})
    account = get_or_make_source_account()
    late = make_customer(source_account=account, identifiers=[("mobile", MOBILE)])
    before = dump_kept()
    upload = customer_files.start_check(f"Mobile,First name\n9800000009,Ben\n{MOBILE},Aasha\n")
    type(upload).objects.filter(pk=upload.pk).update(all_or_nothing=True)
    run_to_end(upload.dry_run)
    upload = customer_files.start_import(reload_import(upload))
    late.profiles.update(first_name="Usha")

    run_to_end(upload.apply_run)
    upload = reload_import(upload)
    assert get_state(upload) == "UNDOING"
    run_to_end(upload.undo_run)

    late.profiles.update(first_name="Asha")
    assert dump_kept() == before
    assert get_state(reload_import(upload)) == "UNDONE"
    assert ImportRow.objects.get(outcome="DRIFTED").number == 3


def test_a_file_that_was_undone_is_known_as_such():
    upload = undo(import_customers("Mobile\n9800000001\n"))
    again = customer_files.check_file("Mobile\n9800000001\n")

    earlier = find_earlier_import(again)
    assert (earlier.upload, get_state(earlier.upload)) == (upload, "UNDONE")
    page = log_in("import operator").get(reverse("admin:runs_importrun_change", args=[again.pk]))
    assert "and undone since." in page.content.decode()
    customer_files.import_file(again)
    assert Customer.objects.count() == 1


def test_rows_of_an_older_release_stay_and_say_why():
    upload = import_customers("Mobile\n9800000001\n")
    ImportRow.objects.update(trail=None)

    upload = undo(upload)

    sentence = "It was imported before imports kept what they change."
    assert list_obstacles(upload) == {2: [sentence]}
    assert Customer.objects.count() == 1
