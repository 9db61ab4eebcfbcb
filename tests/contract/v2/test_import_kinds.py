"""Kinds of imports, each as a till brings it in, and again."""

import pytest

from crm.runs.models import ImportRun
from crm.tenancy.models import Credential
from customers.models import Association, Identifier, Note, Subscription, Ticket
from tests.builders import make_customer
from tests.contract.v2.import_requests import check, read, step, upload
from tests.customers.import_helpers import run_to_end
from tests.group_builders import make_hierarchy

pytestmark = pytest.mark.django_db

FILES = {
    "notes": "Mobile,Date,Associate,Description\n"
    "9800000001,2020-01-02,Ravi,Likes tea\n9800000001,2020-01-03,Ravi,Likes cups\n",
    "tickets": "Mobile,Code,Subject,Status\n9800000001,T-1,Lost cup,OPEN\n"
    "9800000001,,Wrong tea,OPEN\n",
    "subscriptions": "Mobile,Channel,Priority,Status\n9800000001,SMS,BULK,OPTOUT\n"
    "9800000001,EMAIL,TRANS,OPTIN\n",
    "identifiers": "Mobile,Identifier type,New value\n9800000001,email,A@Example.com\n",
}


@pytest.fixture
def person(till):
    return make_customer(identifiers=[("mobile", "919800000001")])


def bring_in(till, kind, content=None):
    """Import a file and return how many rows were written and left."""
    pk = check(till, content or FILES[kind], f"kind={kind}")
    checked = read(till, pk)
    assert checked["state"] == "CHECKED", checked
    wanted = checked["counts"]["create"] + checked["counts"]["update"]
    if wanted:
        assert step(till, pk, "confirm")[0] == 200
        run_to_end(ImportRun.objects.get(pk=pk).apply_run)
    return read(till, pk)["counts"], till.get(f"imports/{pk}/rows").json()["data"]


@pytest.mark.parametrize("kind", FILES)
def test_is_written_once(till, person, kind):
    counts, rows = bring_in(till, kind)
    written = counts["create"] + counts["update"]
    assert (written, counts["error"], counts["drifted"]) == (len(rows), 0, 0), rows

    counts, rows = bring_in(till, kind)
    # A ticket without a code is another one each time, and its subject is taken.
    others = 1 if kind == "tickets" else 0
    assert counts["unchanged"] == len(rows) - others, rows
    assert counts["create"] == counts["update"] == 0


def test_gives_places_in_a_hierarchy_once(till, person):
    make_hierarchy("fleet")
    make_customer(identifiers=[("mobile", "919800000002")])
    content = (
        "Mobile,Hierarchy,Role,Parent's mobile,Company\n9800000001,fleet,FA,,ex1\n"
        "9800000002,fleet,FC,9800000001,ex1\n9800000001,hat,FA,,\n"
    )

    counts, _ = bring_in(till, "hierarchies", content)
    assert (counts["create"], counts["error"]) == (2, 1)
    child = Association.objects.get(customer__identifiers__value="919800000002")
    assert (child.role.code, child.parent.customer) == ("FC", person)

    counts, rows = bring_in(till, "hierarchies", content)
    assert (counts["unchanged"], counts["create"], counts["update"]) == (2, 0, 0)
    assert rows[2]["errors"][0]["column"] == "Hierarchy"


@pytest.mark.parametrize("kind", FILES)
def test_names_customers_that_are_not_known(till, kind):
    pk = check(till, FILES[kind], f"kind={kind}")

    rows = till.get(f"imports/{pk}/rows").json()["data"]
    assert {row["outcome"] for row in rows} == {"ERROR"}
    assert "No customer has this mobile." in rows[0]["errors"][0]["message"]


def test_writes_what_the_rows_say(till, person):
    for kind in FILES:
        bring_in(till, kind)

    assert [note.description for note in Note.objects.order_by("noted_at")] == [
        "Likes tea",
        "Likes cups",
    ]
    assert Ticket.objects.get(code="T-1").created_by == till.entity
    consents = Subscription.objects.values_list("channel", "priority", "status")
    assert len(consents) == 2
    assert Identifier.objects.get(type="email").value == "a@example.com"


def test_changes_a_known_ticket(till, person):
    bring_in(till, "tickets")

    _, [row] = bring_in(
        till, "tickets", "Mobile,Code,Subject,Status\n9800000001,T-1,Lost cup,CLOSED\n"
    )

    assert row["changes"] == {"status": {"before": "OPEN", "after": "CLOSED"}}
    assert Ticket.objects.get(code="T-1").status == "CLOSED"


def test_removes_an_identifier(till, person):
    bring_in(till, "identifiers")

    counts, _ = bring_in(
        till,
        "identifiers",
        "Mobile,Identifier type,New value,Action\n9800000001,email,a@example.com,remove\n",
    )

    assert counts["update"] == 1
    assert not Identifier.objects.filter(type="email").exists()


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [
        ("subscriptions", "9800000001,PIGEON,BULK,OPTIN", "Channel"),
        ("subscriptions", "9800000001,SMS,BULK,PERHAPS", "Status"),
        ("identifiers", "9800000001,email,nobody", "New value"),
        ("identifiers", "9800000001,shoe,41", "Identifier type"),
        ("tickets", "9800000001,T-1,,OPEN", "Subject"),
        ("tickets", "9800000001,T-1,Cup,LOST", "Status"),
        ("notes", "9800000001,soon,Ravi,Tea", "Date"),
    ],
)
def test_says_which_cell_is_wrong(till, person, kind, row, column):
    header = FILES[kind].partition("\n")[0]

    _, [line] = bring_in(till, kind, f"{header}\n{row}\n")

    assert [error["column"] for error in line["errors"]] == [column]


def test_fraud_marks_need_the_scope_for_fraud_at_every_step(till, person):
    content = "Mobile,Fraud status,Reason\n9800000001,CONFIRMED,Stolen cards\n"
    pk = check(till, content, "kind=fraud_marks")
    Credential.objects.update(scopes=["imports.write"])

    refused = [upload(till, content, "kind=fraud_marks").status_code]
    refused += [step(till, pk, name)[0] for name in ("confirm", "continue", "cancel", "undo")]

    assert refused == [403] * 5
    assert ImportRun.objects.get().apply_run is None
    person.refresh_from_db()
    assert person.fraud_status == "NOT_FRAUD"
