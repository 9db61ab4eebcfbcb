"""A file of fraud statuses ..."""

import pytest
from django.urls import reverse

from crm.audit.models import Event
from crm.imports.import_kinds import get_import_kind
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.undo_context import UndoContext
from crm.kernel.transactions import unit_of_work
from customers.models import Customer
from customers.operations.customers.fraud import mark_frauds
from customers.rules.fraud import FraudMark
from tests.builders import NOON, get_or_make_organization, make_customer, make_origin
from tests.customers.import_helpers import list_counts, list_outcomes, list_remarks
from tests.loyalty.import_helpers import check_file, import_file
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

HEADER = "Mobile,Fraud status,Reason\n"


@pytest.fixture
def customers():
    return [make_customer(identifiers=[("mobile", f"91980000000{n}")]) for n in (1, 2)]


def test_marks_and_clears_with_who_when_and_why(customers):
    first = customers[0]
    content = f"{HEADER}919800000001,confirmed,resold coupons\n919800000002,Not fraud,asked\n"

    upload = check_file("fraud_marks", content)

    assert list_outcomes(upload) == {2: "UPDATE", 3: "UPDATE"}
    first.refresh_from_db()
    assert first.fraud_status == "NOT_FRAUD"
    assert list_counts(import_file(upload).apply_run) == {"update": 2}
    first.refresh_from_db()
    assert (first.fraud_status, first.fraud_reason) == ("CONFIRMED", "resold coupons")
    assert first.fraud_marked_at is not None
    event = Event.objects.get(subject_id=first.pk, kind="customer.fraud_marked")
    assert event.door == "IMPORT"
    assert event.after == {"fraud_status": "CONFIRMED", "reason": "resold coupons"}
    again = check_file("fraud_marks", f"{HEADER}919800000001,CONFIRMED,resold coupons\n")
    assert list_outcomes(again) == {2: "UNCHANGED"}


def test_says_which_cell_is_wrong_and_marks_nobody(customers):
    upload = check_file(
        "fraud_marks",
        f"{HEADER}919800000001,cheat,x\n919800000001,marked,\n919800000009,marked,x\n",
    )

    assert set(list_outcomes(upload).values()) == {"ERROR"}
    columns = [[column for column, _ in remarks] for remarks in list_remarks(upload).values()]
    assert columns == [["Fraud status"], ["Reason"], ["Mobile"]]
    assert not Event.objects.filter(kind="customer.fraud_marked").exists()


@pytest.mark.parametrize(
    ("role", "is_offered"), [("organization admin", True), ("import operator", False)]
)
def test_is_offered_with_the_right_to_mark_fraud_only(customers, role, is_offered):
    page = log_in(role, org=get_or_make_organization()).get(reverse("admin:runs_importrun_add"))

    assert (b'value="fraud_marks"' in page.content) is is_offered


def test_is_undone_but_where_the_status_was_changed_since(customers):
    first, second = customers
    context = UndoContext(origin=make_origin(), since=NOON, ignored_requests=())
    after = {"fraud_status": "MARKED", "reason": "x"}
    before = {"fraud_status": "NOT_FRAUD", "reason": ""}
    rows = [
        UndoRow(pk, 2, None, "UPDATE", customer.pk, before, after)
        for pk, customer in enumerate(customers)
    ]
    marks = {first.pk: FraudMark("MARKED", "x"), second.pk: FraudMark("CONFIRMED", "x")}
    unit_of_work(mark_frauds)(origin=make_origin(), marks=marks)
    kind = get_import_kind("fraud_marks")
    mapping = kind.mapping_class(targets=())

    left = unit_of_work(kind(first.org, [], mapping).undo_rows)(context=context, rows=rows)

    assert left == {1: "The fraud status was changed since."}
    statuses = Customer.objects.order_by("pk").values_list("fraud_status", flat=True)
    assert list(statuses) == ["NOT_FRAUD", "CONFIRMED"]
