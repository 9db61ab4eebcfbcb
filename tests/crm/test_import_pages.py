"""The way through an import in the dashboard: pages, permissions, what hostile input gets."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.audit.models import Event
from crm.runs.models import ImportRow, ImportRun, Run
from customers.models import Customer
from tests.builders import get_or_make_organization, get_or_make_source_account, make_organization
from tests.customers.import_helpers import (
    check_file,
    import_file,
    list_outcomes,
    reload_import,
    run_to_end,
    start_check,
    start_import,
    upload_file,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

CONTENT = "Mobile,E-mail,First name\n9800000001,a@example.com,Asha\n12ab,,Ben\n"
PAGES = ["cancel", "confirm", "again"]


@pytest.fixture
def staff():
    get_or_make_source_account()
    return log_in("import operator", org=get_or_make_organization())


def url(page, upload=None):
    return reverse(f"admin:runs_importrun_{page}", args=[upload.pk] if upload else [])


def post_file(client, content, name="people.csv"):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(url("add"), {"file": SimpleUploadedFile(name, data)})


def build_form(client, upload):
    """The fields of the page of columns, as a browser would send them."""
    form = client.get(url("change", upload)).context["form"]
    return {bound.name: value for bound in form if (value := bound.value()) not in (None, False)}


def read_text(answer):
    return " ".join(answer.content.decode().split())


def test_leads_from_the_file_to_the_customers(staff):
    answer = post_file(staff, CONTENT)
    upload = ImportRun.objects.get()
    assert answer.url == url("change", upload)

    staff.post(url("change", upload), build_form(staff, upload))
    upload = reload_import(upload)
    assert "Checking every row" in read_text(staff.get(url("change", upload)))
    assert staff.get(url("progress", upload)).json() == {
        "over": False,
        "percent": 0,
        "done": "0",
        "total": "",
        "rate": "",
        "left": "",
        "state": "Queued",
        "note": "",
        "counts": {},
    }

    run_to_end(upload.dry_run)
    preview = staff.get(url("change", upload))
    assert "The mobile number cannot be read." in read_text(preview)
    assert "Import 1 row" in read_text(preview)
    assert Customer.objects.count() == 0

    staff.post(url("confirm", upload))
    upload = reload_import(upload)
    run_to_end(upload.apply_run)
    progress = staff.get(url("progress", upload)).json()
    assert (progress["over"], progress["percent"], progress["state"]) == (True, 100, "Done")
    result = staff.get(url("change", upload), {"outcome": "CREATE"})
    assert "Imported" in read_text(result)
    assert reverse("admin:customers_customer_change", args=[Customer.objects.get().pk]) in (
        read_text(result)
    )
    assert list(
        Event.objects.filter(subject_type="import").order_by("id").values_list("kind", flat=True)
    ) == ["import.uploaded", "import.checked", "import.confirmed"]
    assert Event.objects.get(kind="import.confirmed").actor == staff.user.entity


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "This is not a CSV or Excel file"),
        (b"", "The file is empty."),
        (b"Mobile\n", "The file has a header but no rows below it."),
    ],
)
def test_says_what_is_wrong_with_a_file_and_keeps_nothing(staff, content, sentence):
    answer = post_file(staff, content, "picture.csv")

    assert answer.status_code == 400
    assert sentence in read_text(answer)
    assert ImportRun.objects.count() == 0


def test_asks_for_a_file_first(staff):
    answer = staff.post(url("add"), {})

    assert (answer.status_code, "Choose a file first." in read_text(answer)) == (400, True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"target_0": "", "target_1": ""}, "Map at least one identifier"),
        ({"target_1": "first_name"}, "Another column is already mapped to this."),
        ({"target_0": "identifier.shoe"}, "Select a valid choice."),
        (
            {"source_account_id": ""},
            "Choose a default source account, as no column is mapped to the source.",
        ),
        ({"source_account_id": "999999"}, "Select a valid choice."),
        ({"default_0": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_says_what_is_wrong_with_the_columns_and_starts_nothing(staff, changes, sentence):
    upload = upload_file(CONTENT)

    answer = staff.post(url("change", upload), {**build_form(staff, upload), **changes})

    assert answer.status_code == 400
    assert sentence in read_text(answer)
    assert Run.objects.count() == 0


def test_reads_the_file_otherwise_when_told(staff):
    upload = upload_file("a;b\n1,2;3\n")

    staff.post(
        url("change", upload),
        {"layout": "1", "encoding": "cp1252", "delimiter": ",", "has_header": "no"},
    )

    upload = reload_import(upload)
    assert (upload.header, upload.delimiter, upload.encoding) == (["Column 1"], ",", "cp1252")


def test_remembers_columns_for_the_next_file(staff):
    check_file(CONTENT, targets=["identifier.mobile", "", "last_name"])

    fresh = upload_file(CONTENT)

    assert build_form(staff, fresh)["target_2"] == "last_name"
    mended = upload_file("Reason (not imported)," + CONTENT.replace("12ab", ",9800000002"))
    assert build_form(staff, mended)["target_3"] == "last_name"
    assert build_form(staff, mended)["target_0"] == ""


def test_failed_rows_come_back_mended_and_go_in(staff):
    upload = check_file(
        "Mobile,First name,Last name\n12ab,=1+1,Rao\n9800000002,Ben,+Das\n9800000002,Carl,x,y\n"
    )

    answer = staff.get(url("failed", upload))
    content = b"".join(answer).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert rows == [
        ["Reason (not imported)", "Mobile", "First name", "Last name"],
        ["Mobile: The mobile number cannot be read.", "12ab", "'=1+1", "Rao"],
        ["The row has 4 cells, the header 3.", "9800000002", "Carl", "x", "y"],
    ]

    mended = content.replace("12ab", "9800000001")
    import_file(check_file(mended))
    assert Customer.objects.get().profiles.get().first_name == "=1+1"


def test_cancelled_nothing_more_is_done(staff):
    upload = start_check(CONTENT)

    staff.post(url("cancel", upload))

    page = read_text(staff.get(url("change", upload)))
    assert "Dry run cancelled" in page
    assert reload_import(upload).dry_run.state == "CANCELLED"
    assert ImportRow.objects.count() == 0


def test_begins_again_with_the_same_file_and_leaves_the_old_one(staff):
    upload = check_file(CONTENT)

    answer = staff.post(url("again", upload))

    fresh = ImportRun.objects.exclude(pk=upload.pk).get()
    assert answer.url == url("change", fresh)
    assert (fresh.dry_run, fresh.file.name) == (None, upload.file.name)
    assert list_outcomes(upload) == {2: "CREATE", 3: "ERROR"}


def test_confirmed_twice_it_runs_once(staff):
    upload = start_import(check_file(CONTENT))

    answer = staff.post(url("confirm", upload), follow=True)

    assert "The import has already been started." in read_text(answer)
    assert Run.objects.filter(kind="customers.import").count() == 1


def test_with_nothing_to_do_there_is_nothing_to_confirm(staff):
    upload = check_file("Mobile\n12ab\n")

    page = read_text(staff.get(url("change", upload)))
    answer = staff.post(url("confirm", upload), follow=True)

    assert "There is nothing to import: every row" in page
    assert "Import 0" not in page
    assert "This file has no rows to import." in read_text(answer)
    assert Run.objects.filter(kind="customers.import").count() == 0


def test_rows_are_paged_both_ways(staff):
    upload = check_file("Mobile\n" + "".join(f"98{n:08}\n" for n in range(120)))
    first = staff.get(url("change", upload), {"outcome": "CREATE"})

    second = staff.get(url("change", upload) + first.context["older"])
    third = staff.get(url("change", upload) + second.context["older"])
    back = staff.get(url("change", upload) + third.context["newer"])

    pages = [[row["number"] for row in page.context["rows"]] for page in (first, second, third)]
    assert pages == [list(range(2, 52)), list(range(52, 102)), list(range(102, 122))]
    assert [row["number"] for row in back.context["rows"]] == pages[1]
    assert (first.context["newer"], third.context["older"]) == ("", "")


@pytest.mark.parametrize("query", ["outcome=ALL", "after=x", "after=-1", "before=99999999999999"])
def test_an_address_that_cannot_be_read_is_refused(staff, query):
    upload = check_file(CONTENT)

    assert staff.get(url("change", upload) + "?" + query).status_code == 400


@pytest.mark.parametrize("page", ["change", "progress", "failed", *PAGES])
def test_another_organizations_import_is_not_there(staff, page):
    theirs = check_file(CONTENT, org=make_organization())

    answer = (staff.post if page in PAGES else staff.get)(url(page, theirs))

    assert answer.status_code == 404
    assert reload_import(theirs).apply_run is None


@pytest.mark.parametrize("role", ["support agent", "approver"])
def test_other_roles_see_no_import(role):
    upload = check_file(CONTENT)
    client = log_in(role, org=get_or_make_organization())

    statuses = {client.get(url(page)).status_code for page in ("changelist", "add")}
    statuses |= {
        client.get(url(page, upload)).status_code for page in ("change", "progress", "failed")
    }
    statuses |= {client.post(url(page, upload)).status_code for page in PAGES}

    assert statuses == {403}


def test_the_auditor_looks_and_does_nothing():
    upload = check_file(CONTENT)
    auditor = log_in("auditor", org=get_or_make_organization())

    page = auditor.get(url("change", upload))
    refused = {auditor.post(url(name, upload)).status_code for name in PAGES}
    refused |= {auditor.get(url("add")).status_code, auditor.get(url("failed", upload)).status_code}

    assert (page.status_code, refused) == (200, {403})
    assert "Import 1 row" not in read_text(page)


@pytest.mark.parametrize("page", PAGES)
def test_what_changes_something_is_never_a_get(staff, page):
    assert staff.get(url(page, check_file(CONTENT))).status_code == 403


@pytest.mark.parametrize("rows", [5, 60])
def test_pages_cost_the_same_number_of_queries_whatever_the_file(
    staff, rows, django_assert_num_queries
):
    upload = import_file(check_file("Mobile\n" + "".join(f"98{n:08}\n" for n in range(rows))))
    staff.get(url("change", upload))

    # Session, person, organization, two for permissions; the import, and its rows or progress; the
    # page also the undo of the import.
    with django_assert_num_queries(8):
        staff.get(url("change", upload), {"outcome": "CREATE"})
    with django_assert_num_queries(7):
        staff.get(url("progress", upload))


def test_the_list_costs_the_same_number_of_queries_whatever_its_length(staff):
    query_counts = []
    for count in (1, 5):
        for _ in range(count):
            check_file(CONTENT)
        with CaptureQueriesContext(connection) as queries:
            page = staff.get(url("changelist"))
        query_counts.append(len(queries))

    assert page.status_code == 200
    assert query_counts[0] == query_counts[1]
