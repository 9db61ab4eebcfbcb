"""What a file leaves open is remembered, decided by the country, or asked; never half and half."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm.imports import import_work
from crm.runs.models import ImportRow, ImportRun
from customers.models import Customer
from tests.builders import (
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_field,
    make_organization,
)
from tests.customers.import_helpers import (
    check_file,
    guess_import_mapping,
    import_file,
    list_outcomes,
    list_remarks,
    reload_import,
    run_to_end,
    upload_file,
)
from tests.loyalty.import_helpers import check_file as check_kind
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

LATE = "External id,Registered on\n" + "".join(
    f"LT-{number},01/{number % 12 + 1:02}/2025\n" for number in range(120)
)


@pytest.fixture
def staff():
    get_or_make_source_account()
    return log_in("import operator", org=get_or_make_organization())


def url(page, upload):
    return reverse(f"admin:runs_importrun_{page}", args=[upload.pk])


def build_form(client, upload):
    form = client.get(url("change", upload)).context["form"]
    return {bound.name: value for bound in form if (value := bound.value()) not in (None, False)}


def check_on_page(client, content, name="people.csv", **changes):
    upload = upload_file(content, name)
    client.post(url("change", upload), {**build_form(client, upload), **changes})
    run_to_end(reload_import(upload).dry_run)
    return reload_import(upload)


def answer(client, upload, text):
    client.post(url("answer", upload), {"answer": text})
    fresh = ImportRun.objects.latest("pk")
    run_to_end(fresh.dry_run)
    return reload_import(fresh)


def read_text(page):
    return " ".join(page.content.decode().split())


@pytest.mark.parametrize("chunk", [50, 500])
def test_late_evidence_against_the_order_stops_the_dry_run_with_a_question(
    staff, monkeypatch, chunk
):
    monkeypatch.setattr(import_work, "CHUNK_SIZES", {"sqlite": chunk, "postgresql": chunk})
    upload = check_on_page(staff, LATE + "LT-X,01/25/2025\n")

    page = read_text(staff.get(url("change", upload)))

    assert upload.dry_run.state == "FAILED"
    assert "How are the dates of this file written?" in page
    assert (
        "Row 122, <strong>Registered on</strong>: “01/25/2025” is a date with the month first"
        in page
    )
    assert "Import 1" not in page
    staff.post(url("confirm", upload))
    assert reload_import(upload).apply_run is None


def test_the_answer_holds_for_all_rows(staff):
    upload = check_on_page(staff, LATE + "LT-X,01/25/2025\n")

    import_file(answer(staff, upload, "month"))

    customers = Customer.objects.filter(identifiers__value__in=["LT-1", "LT-X"])
    days = [customer.registered_at.strftime("%m-%d") for customer in customers.order_by("pk")]
    assert days == ["01-01", "01-24"]


def test_after_the_answer_what_contradicts_it_is_an_error_of_its_row(staff):
    upload = answer(staff, check_on_page(staff, LATE + "LT-X,01/25/2025\n"), "day")

    assert upload.dry_run.result["create"] == 120
    assert list_remarks(upload) == {
        122: [("Registered on", "“01/25/2025” is a date with the month first.")]
    }
    # The next file with this header is asked again.
    fresh = check_on_page(staff, LATE + "LT-Y,01/26/2026\n")
    assert fresh.dry_run.state == "FAILED"


@pytest.mark.parametrize("text", ["", "perhaps", "comma"])
def test_only_what_was_asked_can_be_answered(staff, text):
    upload = check_on_page(staff, LATE + "LT-X,01/25/2025\n")

    staff.post(url("answer", upload), {"answer": text})

    assert ImportRun.objects.count() == 1


def test_a_killed_dry_run_still_asks(staff):
    upload = check_on_page(staff, LATE + "LT-X,01/25/2025\n")
    upload.dry_run.state, upload.dry_run.finished_at = "QUEUED", None
    upload.dry_run.save()
    rows = ImportRow.objects.count()

    run_to_end(upload.dry_run)

    assert (upload.dry_run.state, ImportRow.objects.count()) == ("FAILED", rows)


def test_a_date_of_a_field_is_asked_about_and_never_left_out(staff):
    make_field("birthday", data_type="DATE")

    upload = check_on_page(
        staff, "External id,birthday\nA,01/02/1990\nB,25/12/1990\n", dates="month"
    )

    assert upload.dry_run.state == "FAILED"
    assert "“25/12/1990” is a date with the day first" in upload.dry_run.failure


def test_open_dates_are_read_as_the_organization_chose_before():
    org = make_organization(default_country="IN")
    content = "External id,Registered on\nA,01/25/2026\n"
    check_file(content, org=org)

    same_header = upload_file("External id,Registered on\nB,01/02/2026\n", org=org)
    other_header = upload_file("External id,Name,Registered on\nB,x,01/02/2026\n", org=org)
    stranger = upload_file(
        "External id,Registered on\nB,01/02/2026\n", org=make_organization(default_country="IN")
    )

    client = log_in("import operator", org=org)
    assert build_form(client, same_header)["dates"] == "month"
    assert build_form(client, other_header)["dates"] == "month"
    client = log_in("import operator", org=stranger.org)
    assert build_form(client, stranger)["dates"] == "day"


@pytest.mark.parametrize("name", ["failed-rows-{}.csv", "failed-rows-{} (1).csv", "mended.csv"])
def test_failed_rows_are_read_as_their_first_file_was(staff, name):
    first = check_on_page(
        staff, "External id,Mobile,Registered on\nA,12ab,01/02/2026\nB,9800000001,01/25/2026\n"
    )
    if name != "mended.csv":
        # Another file with this header was read otherwise since.
        check_on_page(staff, "External id,Mobile,Registered on\nC,9800000009,25/12/2025\n")
    content = b"".join(staff.get(url("failed", first))).replace(b"12ab", b"34cd")

    second = check_on_page(staff, content, name.format(first.pk))
    third_content = b"".join(staff.get(url("failed", second))).replace(b"34cd", b"9800000002")
    third = check_on_page(staff, third_content, f"failed-rows-{second.pk}.csv")
    import_file(third)

    assert third.header == ["Reason (not imported)", "External id", "Mobile", "Registered on"]
    customer = Customer.objects.get(identifiers__value="A")
    assert customer.registered_at.isoformat() == "2026-01-01T18:30:00+00:00"


def test_failed_rows_keep_the_answer_of_their_first_file(staff):
    first = answer(staff, check_on_page(staff, LATE + "LT-X,01/25/2025\n"), "day")
    content = b"".join(staff.get(url("failed", first)))

    again = check_on_page(staff, content, f"failed-rows-{first.pk}.csv")

    assert list_outcomes(again) == {2: "ERROR"}


@pytest.mark.parametrize(
    ("country", "content", "numbers"),
    [
        ("DE", "bill no;amount\nA;1.234\nB;2.500\n", "comma"),
        ("IN", "bill no;amount\nA;1.234\nB;2.500\n", ""),
        ("DE", "bill no,amount\nA,1.234\nB,2.500\n", ""),
        ("IN", "bill no,amount\nA,1.234\n", "point"),
        ("IN", 'bill no,amount\nA,"1,234"\n', "point"),
        ("IN", "bill no;amount\nA;1.234\nB;2,5\n", "comma"),
        ("DE", "bill no,amount\nA,1.234\nB,2.5\n", "point"),
        ("DE", "bill no\tamount\nA\t1.234\n", "comma"),
        ("DE", "bill no;amount\nA;12\n", "comma"),
    ],
)
def test_thousands_alone_are_decided_by_delimiter_and_country_or_asked(country, content, numbers):
    org = make_organization(default_country=country)
    get_or_make_source_account(org=org)
    client = log_in(org=org)
    file = SimpleUploadedFile("bills.csv", content.encode())
    client.post(reverse("admin:runs_importrun_add"), {"kind": "transactions", "file": file})
    upload = ImportRun.objects.get()

    assert build_form(client, upload).get("numbers") == numbers
    page = read_text(client.get(url("change", upload)))
    assert ("can be read in two ways" in page) is (numbers == "")
    if not numbers:
        refused = client.post(url("change", upload), build_form(client, upload))
        assert (refused.status_code, reload_import(upload).dry_run) == (400, None)
        assert "Choose how the numbers of this file are written." in read_text(refused)


def test_a_dry_run_never_guesses_what_is_open():
    make_customer(identifiers=[("mobile", "919800000001")])

    upload = check_kind(
        "transactions",
        "Bill no;Date;Mobile;Amount\nA;2026-03-01;9800000001;1.234\n",
    )

    assert upload.dry_run.state == "FAILED"
    assert "Row 2, Amount: “1.234” can be read as two numbers" in upload.dry_run.failure


def test_late_numbers_of_the_other_kind_are_asked_about(staff):
    make_field("spent", data_type="DOUBLE")
    lines = "".join(f"N-{number},1.{number:03}\n" for number in range(110))
    upload = check_on_page(staff, "External id,spent\n" + lines + 'N-X,"12,50"\n')
    assert upload.dry_run.state == "FAILED"

    import_file(answer(staff, upload, "comma"))

    spent = Customer.objects.filter(identifiers__value__in=["N-7", "N-X"]).order_by("pk")
    assert [customer.extended_fields["spent"] for customer in spent] == [1007.0, 12.5]


def test_money_as_the_country_writes_it_becomes_the_bill():
    make_customer(identifiers=[("mobile", "919800000001")])
    forms = {
        "M-1": ('"₹1,234.50"', "1,234.50"),
        "M-2": ('"1,23,456.50"', "123,456.50"),
        "M-3": ("Rs. 500/-", "500.00"),
        "M-4": ("(100.00)", "100.00"),
    }
    content = "".join(
        f"{number},01-Mar-2026,9800000001,{cell}\n" for number, (cell, _) in forms.items()
    )

    upload = check_kind(
        "transactions",
        f"Bill no,Date,Mobile,Amount\n{content}M-9,01-Mar-2026,9800000001,$5\n",
    )

    remarks = list_remarks(upload)
    assert [shown in remarks[row][0][1] for row, (_, shown) in enumerate(forms.values(), 2)] == [
        True
    ] * 4
    assert "A return" in remarks[5][0][1]
    assert remarks[6] == [("Amount", "“$5” is in another currency than the organization's.")]


def test_the_guess_for_a_file_is_the_mapping_that_the_page_shows(staff):
    upload = upload_file("External id,Registered on\nA,25/12/2025\n")

    assert guess_import_mapping(upload).day_first is True
    assert build_form(staff, upload)["dates"] == "day"
