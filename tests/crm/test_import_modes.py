"""Which rows an import writes: its mode, all rows or none, and a file that comes again."""

import hashlib

import pytest
from django.urls import reverse

from crm.audit.models import Event
from crm.imports.operations.import_runs import (
    continue_import,
    start_apply,
    start_dry_run,
)
from crm.imports.queries.import_counts import count_rows, list_facts
from crm.imports.queries.import_runs import find_earlier_import
from crm.imports.queries.import_states import get_state
from crm.kernel.transactions import unit_of_work
from crm.runs.errors import WrongImportStep
from crm.runs.operations.run_start import cancel_run
from customers.models import Customer, Profile
from loyalty.models import Card
from tests.builders import (
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_organization,
)
from tests.card_builders import make_card, make_card_series
from tests.customers.import_helpers import (
    check_file,
    guess_import_mapping,
    import_file,
    list_outcomes,
    list_remarks,
    make_staff_origin,
    reload_import,
    run_to_end,
    start_import,
    upload_file,
)
from tests.loyalty import import_helpers as loyalty_files
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

CONTENT = "Mobile,First name\n919800000001,Aasha\n919800000002,Ben\n"


def check_in_mode(content, **modes):
    upload = upload_file(content)
    unit_of_work(start_dry_run)(
        origin=make_staff_origin(upload.org),
        import_id=upload.pk,
        mapping=guess_import_mapping(upload, channels=False).as_json(),
        **modes,
    )
    upload = reload_import(upload)
    run_to_end(upload.dry_run)
    return reload_import(upload)


@pytest.fixture
def asha():
    return make_customer(
        source_account=get_or_make_source_account(),
        identifiers=[("mobile", "919800000001")],
        first_name="Asha",
    )


@pytest.mark.parametrize(
    ("mode", "outcomes", "names"),
    [
        ("UPSERT", {2: "UPDATE", 3: "CREATE"}, {"Aasha", "Ben"}),
        ("CREATE", {2: "SKIP", 3: "CREATE"}, {"Asha", "Ben"}),
        ("UPDATE", {2: "UPDATE", 3: "SKIP"}, {"Aasha"}),
    ],
)
def test_writes_the_rows_of_its_mode(asha, mode, outcomes, names):
    upload = check_in_mode(CONTENT, mode=mode)
    assert list_outcomes(upload) == outcomes

    upload = import_file(upload)

    assert set(Profile.objects.values_list("first_name", flat=True)) == names
    assert list_outcomes(upload) == outcomes


def test_says_and_counts_what_the_mode_leaves_out(asha):
    upload = check_in_mode(CONTENT, mode="CREATE")

    assert list_remarks(upload)[2] == [("", "Known already; this import creates only.")]
    assert count_rows(upload) == {
        "create": 1,
        "update": 0,
        "unchanged": 0,
        "skip": 1,
        "error": 0,
        "drifted": 0,
    }
    assert list_facts(upload) == [
        "1 rows were skipped: they are known already, and this import creates only."
    ]


def test_a_profile_for_a_customer_of_another_source_is_an_update():
    make_customer(
        source_account=get_or_make_source_account("WECHAT", "22232"),
        identifiers=[("mobile", "919800000001")],
    )

    assert list_outcomes(check_in_mode(CONTENT, mode="CREATE")) == {2: "SKIP", 3: "CREATE"}
    assert list_outcomes(check_in_mode(CONTENT, mode="UPDATE")) == {2: "CREATE", 3: "SKIP"}


def test_holds_for_files_of_loyalty_too():
    series = make_card_series("GOLD")
    make_card("100", series)
    get_or_make_source_account()
    upload = loyalty_files.start_check(
        "cards", "Card number,Label\n100,DELETED\n101,\n", mode="CREATE", series_id=series.pk
    )
    run_to_end(upload.dry_run)
    assert list_outcomes(upload) == {2: "SKIP", 3: "CREATE"}

    loyalty_files.import_file(reload_import(upload))

    assert Card.objects.get(number="100").label.label != "DELETED"
    assert Card.objects.filter(number="101").exists()


def test_bills_are_new_or_unchanged_and_never_updated():
    make_customer(
        source_account=get_or_make_source_account(), identifiers=[("mobile", "919800000001")]
    )
    content = "Bill number,Date,Mobile,Amount\nA1,2024-05-01,919800000001,10\n"
    upload = loyalty_files.start_check("transactions", content, mode="UPDATE")
    run_to_end(upload.dry_run)
    assert list_outcomes(upload) == {2: "SKIP"}
    assert reload_import(upload).dry_run.result["outside_mode"] == 1

    loyalty_files.import_file(loyalty_files.check_file("transactions", content))
    again = loyalty_files.check_file("transactions", content)
    other = loyalty_files.check_file("transactions", content.replace(",10", ",11"))

    assert list_outcomes(again) == {2: "UNCHANGED"}
    assert list_outcomes(other) == {2: "SKIP"}
    assert "with another customer, time or amount" in list_remarks(other)[2][0][1]


def test_all_rows_or_none_is_not_started_with_an_error():
    upload = check_in_mode("Mobile\n919800000001\nnonsense\n", all_or_nothing=True)

    with pytest.raises(WrongImportStep, match="Everything is imported or nothing"):
        unit_of_work(start_apply)(origin=make_staff_origin(), import_id=upload.pk)

    page = log_in("import operator").get(reverse("admin:runs_importrun_change", args=[upload.pk]))
    assert "all rows or none" in page.content.decode()
    assert not page.context["can_confirm"]
    assert Customer.objects.count() == 0


def test_all_rows_or_none_stops_at_a_row_that_drifted(asha):
    upload = check_in_mode(CONTENT, all_or_nothing=True)
    asha.profiles.update(first_name="Usha")

    upload = start_import(upload)
    run_to_end(upload.apply_run)
    upload = reload_import(upload)

    assert get_state(upload) == "FAILED"
    assert upload.apply_run.failure == (
        "1 rows have changed since the preview, and all rows are imported or none."
    )
    assert list_outcomes(upload) == {2: "DRIFTED", 3: "CREATE"}
    assert set(Profile.objects.values_list("first_name", flat=True)) == {"Usha"}
    assert count_rows(upload)["drifted"] == 1


def test_knows_a_file_that_was_imported_before():
    first = check_file(CONTENT)
    assert first.file_hash == hashlib.sha256(CONTENT.encode()).hexdigest()
    assert find_earlier_import(check_file(CONTENT)) is None
    import_file(first)

    again = check_file(CONTENT)

    assert find_earlier_import(again).upload == first
    assert find_earlier_import(check_file(CONTENT + " ")) is None
    assert list_outcomes(again) == {2: "UNCHANGED", 3: "UNCHANGED"}
    page = log_in("import operator").get(reverse("admin:runs_importrun_change", args=[again.pk]))
    assert "This file was imported on" in page.content.decode()


def test_a_file_of_another_organization_was_not_seen_before():
    import_file(check_file(CONTENT))
    theirs = make_organization()

    assert find_earlier_import(check_file(CONTENT, org=theirs)) is None


def test_the_page_asks_for_the_mode_before_the_dry_run(asha):
    client = log_in("import operator", org=get_or_make_organization())
    upload = upload_file(CONTENT)
    address = reverse("admin:runs_importrun_change", args=[upload.pk])
    form = client.get(address).context["form"]
    sent = {bound.name: value for bound in form if (value := bound.value()) not in (None, False)}
    assert (sent["mode"], sent["rows"]) == ("UPSERT", "valid")

    assert client.post(address, {**sent, "mode": "NEVER"}).status_code == 400
    client.post(address, {**sent, "mode": "UPDATE", "rows": "all"})

    upload = reload_import(upload)
    assert (upload.mode, upload.all_or_nothing) == ("UPDATE", True)
    run_to_end(upload.dry_run)
    assert list_outcomes(upload) == {2: "UPDATE", 3: "SKIP"}
    assert "Update only, All rows or none" in client.get(address).content.decode()


def test_continues_where_it_was_cancelled(monkeypatch):
    monkeypatch.setattr("crm.imports.import_work.CHUNK_SIZES", {"postgresql": 1, "sqlite": 1})
    upload = start_import(check_file(CONTENT))
    origin = make_staff_origin()
    with pytest.raises(WrongImportStep, match="has not stopped"):
        unit_of_work(continue_import)(origin=origin, import_id=upload.pk)
    unit_of_work(cancel_run)(org_id=origin.org.pk, run_id=upload.apply_run_id, now=origin.at)
    assert get_state(reload_import(upload)) == "CANCELLED"

    unit_of_work(continue_import)(origin=origin, import_id=upload.pk)
    assert get_state(reload_import(upload)) == "APPLYING"
    with pytest.raises(WrongImportStep, match="has not stopped"):
        unit_of_work(continue_import)(origin=origin, import_id=upload.pk)
    run_to_end(reload_import(upload).apply_run)

    assert get_state(reload_import(upload)) == "APPLIED"
    assert Customer.objects.count() == 2
    assert Event.objects.filter(kind="import.continued", subject_id=upload.pk).count() == 1
