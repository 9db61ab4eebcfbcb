"""An export over v2 ..."""

import csv
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from crm.audit.models import Event
from crm.exports.export_list import list_export_lists
from crm.exports.export_work import RETENTION, delete_expired_exports
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRun, Run
from crm.tenancy.models import Credential
from customers.models import Ticket
from customers.operations.tickets.open import open_ticket
from customers.rules.tickets import NewTicket
from tests.builders import make_customer, make_origin
from tests.card_builders import make_card, make_card_series
from tests.customers.import_helpers import run_to_end

pytestmark = pytest.mark.django_db

TITLES = ("=SUM(A1)", "Tea", "Cups")


def make_ticket(customer, subject):
    new = NewTicket(customer_id=customer.pk, subject=subject)
    opened = unit_of_work(open_ticket)(origin=make_origin(customer.org), ticket=new)
    return Ticket.objects.get(pk=opened.ticket_id)


@pytest.fixture
def tickets(till):
    person = make_customer(identifiers=[("mobile", "919800000001"), ("email", "a@example.com")])
    return [make_ticket(person, subject=title) for title in TITLES]


def read_rows(answer):
    assert answer.status_code == 200, answer.content
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_streams_the_columns_in_the_order_of_the_request(till, tickets):
    answer = till.get("exports/tickets?columns=subject,mobile")

    assert answer.streaming
    assert answer["Content-Disposition"] == 'attachment; filename="tickets.csv"'
    assert read_rows(answer) == [
        ["subject", "mobile"],
        ["Cups", "919800000001"],
        ["Tea", "919800000001"],
        ["'=SUM(A1)", "919800000001"],
    ]


def test_writes_a_workbook(till, tickets):
    answer = till.get("exports/tickets?columns=subject&format=xlsx")

    sheet = load_workbook(io.BytesIO(b"".join(answer))).active
    assert [cell.value for cell in sheet["A"]] == ["subject", "Cups", "Tea", "'=SUM(A1)"]


def test_filters_by_what_the_list_declares_and_nothing_else(till, tickets):
    person = tickets[0].customer_id

    def count(query):
        return len(read_rows(till.get(f"exports/tickets?columns=code&{query}"))) - 1

    assert count(f"customerId={person}&status=open") == 3
    assert count("customerId=999999") == 0
    assert count("q=919800000001") == 3
    assert count("from=2000-01-01&to=2000-01-02") == 0
    for query in ("secret=1", "status=HAT", "customerId=x", "from=soon", "subject=%00"):
        assert till.get(f"exports/tickets?{query}").status_code == 400, query


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("exports/hats", 404),
        ("exports/tickets?columns=hat", 400),
        ("exports/tickets?format=pdf", 400),
        ("exports/999999", 404),
    ],
)
def test_refuses_what_is_not_there(till, path, status):
    assert till.get(path).status_code == status


def test_masks_personal_data_for_a_log_in_that_may_not_read_customers(till, tickets):
    Credential.objects.update(scopes=["imports.write"])

    _, row, *_ = read_rows(till.get("exports/tickets?columns=code,mobile,email,externalId"))

    assert row[1:] == ["9***", "a***@example.com", ""]


def test_keeps_organizations_apart(till, stranger, tickets):
    for declared in list_export_lists():
        assert len(read_rows(stranger.get(f"exports/{declared.key}"))) == 1


def test_records_who_exported_what(till, tickets):
    till.get("exports/tickets?columns=code&status=OPEN")

    event = Event.objects.get(kind="tickets.exported")
    assert event.actor == till.entity
    assert event.after == {
        "format": "csv",
        "filters": {"status": "OPEN"},
        "columns": ["code"],
        "rows": 3,
    }


def test_takes_as_many_queries_for_many_rows_as_for_one(till, tickets):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            read_rows(till.get("exports/tickets"))
        return len(queries)

    count_queries()
    few = count_queries()
    for number in range(20):
        make_ticket(make_customer(), subject=f"t{number}")
    assert count_queries() == few


@pytest.fixture
def written(till, tickets, monkeypatch):
    """An export that a worker has written."""
    monkeypatch.setattr("crm.bulk_api.v2.exports.MOST_AT_ONCE", 2)
    monkeypatch.setattr("crm.exports.export_rows.BATCH_SIZE", 2)

    def write(query):
        answer = till.get(f"exports/tickets?columns=subject&{query}")
        assert (answer.status_code, answer.json()["state"]) == (202, "QUEUED")
        pk = answer.json()["id"]
        assert till.get(f"exports/{pk}").status_code == 202
        run_to_end(Run.objects.get(pk=pk))
        return pk

    return write


def test_is_written_by_a_worker_if_it_has_many_rows(till, written):
    pk = written("format=csv")

    assert read_rows(till.get(f"exports/{pk}")) == [
        ["subject"],
        ["Cups"],
        ["Tea"],
        ["'=SUM(A1)"],
    ]
    assert Run.objects.get(pk=pk).started_by == till.entity


def test_is_a_workbook_of_many_rows(till, written):
    answer = till.get(f"exports/{written('format=xlsx')}")

    sheet = load_workbook(io.BytesIO(b"".join(answer))).active
    assert [cell.value for cell in sheet["A"]] == ["subject", "Cups", "Tea", "'=SUM(A1)"]


def test_of_many_rows_is_unknown_to_another_organization(stranger, written):
    assert stranger.get(f"exports/{written('')}").status_code == 404


def test_of_many_rows_is_deleted_after_a_week(till, written, django_capture_on_commit_callbacks):
    pk = written("")
    folder = Run.objects.get(pk=pk).resume_point["folder"]
    assert default_storage.exists(f"{folder}/000000.csv")

    with django_capture_on_commit_callbacks(execute=True):
        later = timezone.now() + RETENTION
        assert unit_of_work(delete_expired_exports)(now=later) == 1

    answer = till.get(f"exports/{pk}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (410, 410)
    assert not default_storage.exists(f"{folder}/000000.csv")


def test_that_failed_says_so(till, written):
    pk = written("")
    Run.objects.filter(pk=pk).update(state="FAILED")

    assert till.get(f"exports/{pk}").status_code == 409


def test_lists_what_there_is(till):
    lists = {row["list"]: row for row in till.get("exports").json()["data"]}

    assert {"customers", "tickets", "requests", "transactions", "cards"} <= set(lists)
    assert "registeredOn" in lists["customers"]["columns"]
    assert {"name": "loyaltyType", "values": ["LOYALTY", "NON_LOYALTY", "NOT_INTERESTED"]} in (
        lists["customers"]["filters"]
    )


@pytest.mark.parametrize("name", ["customers", "cards"])
def test_changes_nothing_when_it_is_imported_again(till, name):
    person = make_customer(
        first_name="=1+1", identifiers=[("mobile", "919800000001"), ("externalId", "007")]
    )
    make_card("00012", make_card_series(code="round"), customer=person)
    content = b"".join(till.get(f"exports/{name}"))

    answer = till.upload(f"imports?kind={name}", {"file": SimpleUploadedFile("a.csv", content)})

    assert answer.status_code == 202, answer.content
    run = ImportRun.objects.get(pk=answer.json()["id"]).dry_run
    run_to_end(run)
    pk = answer.json()["id"]
    rows = till.get(f"imports/{pk}/rows").json()["data"]
    assert [(row["outcome"], row["errors"]) for row in rows] == [("UNCHANGED", [])]


@pytest.mark.parametrize(
    ("query", "subjects"),
    [("", ["real"]), ("&testCustomers=yes", ["test"]), ("&testCustomers=ALL", ["test", "real"])],
)
def test_leaves_test_customers_out_unless_asked(till, query, subjects):
    make_ticket(make_customer(), "real")
    make_ticket(make_customer(end_points=["DVS_ENDPOINT"]), "test")

    rows = read_rows(till.get(f"exports/tickets?columns=subject{query}"))

    assert [row[0] for row in rows[1:]] == subjects


def test_refuses_another_choice_of_test_customers(till):
    assert till.get("exports/tickets?testCustomers=maybe").status_code == 400
