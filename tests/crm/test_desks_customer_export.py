"""The list of customers as a file."""

import csv
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from crm.audit.models import Event
from tests.builders import (
    make_customer,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
LIST = "/admin/customers/customer/"


def _get_page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _list_ids(client, query=""):
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [customer.pk for customer in page.context["cl"].result_list]


def _export(client, kind, query=""):
    return client.get(reverse("admin:customers_customer_export", args=[kind]) + f"?{query}")


def test_the_export_holds_what_is_listed_and_nothing_a_spreadsheet_would_run():
    make_customer(first_name="Left", last_name="Out")
    odd = make_customer(
        identifiers=[("mobile", "919811223344"), ("externalId", "@SUM(A1)")],
        first_name="=1+1",
        last_name="+Two",
    )
    client = log_in("import operator")

    answer = _export(client, "csv", "q=919811")

    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows == [
        [
            "id",
            "firstName",
            "lastName",
            "mobile",
            "email",
            "externalId",
            "sources",
            "loyaltyType",
            "statusLabel",
            "registeredOn",
        ],
        [
            str(odd.pk),
            "'=1+1",
            "'+Two",
            "919811223344",
            "",
            "'@SUM(A1)",
            "INSTORE",
            "LOYALTY",
            "",
            "2026-03-02T17:30:00+05:30",
        ],
    ]
    event = Event.objects.get()
    assert (event.kind, event.actor) == ("customers.exported", client.user.entity)
    assert event.after == {"format": "csv", "filters": {"q": "919811"}}


def test_the_export_is_a_workbook_too():
    customers = [make_customer(first_name=f"N{n}") for n in range(3)]

    answer = _export(log_in("import operator"), "xlsx")

    sheet = load_workbook(io.BytesIO(b"".join(answer))).worksheets[0]
    ids = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert ids == [customer.pk for customer in customers[::-1]]


def test_the_export_reads_batch_by_batch(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("customers.imports.customer_export.BATCH_SIZE", 2)
    customers = [make_customer().pk for _ in range(5)]

    rows = b"".join(_export(log_in(), "csv")).decode("utf-8-sig").splitlines()[1:]

    assert [int(row.split(",")[0]) for row in rows] == customers[::-1]


@pytest.mark.parametrize("role", ["support agent", "approver", "auditor"])
def test_only_those_with_the_right_may_export(role):
    client = log_in(role)

    assert _export(client, "csv").status_code == 403
    assert "/export/" not in client.get(LIST).content.decode()
    assert not Event.objects.exists()
