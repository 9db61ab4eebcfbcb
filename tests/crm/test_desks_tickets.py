"""The desk of tickets: search, opening, answers and assignment."""

import csv
import io

import pytest
from django.urls import reverse

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.models import Ticket, TicketReply
from customers.operations.tickets.update import TicketChange, change_ticket
from tests.builders import NOON, make_customer, make_organization, make_origin, make_staff
from tests.customers.test_update_tickets import make_ticket
from tests.queries import count_queries
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

LIST = "/admin/customers/ticket/"
OPEN = "admin:customers_ticket_open"
AGENT = "support agent"


def _get_url(page, ticket):
    return reverse(f"admin:customers_ticket_{page}", args=[ticket.pk])


def _list_ids(client, query=""):
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [ticket.pk for ticket in page.context["cl"].result_list]


def _build_form_data(client, url, **data):
    """What the form sends, with the hidden values that it came with."""
    form = client.get(url).context["form"]
    return {**{field.html_name: field.value() for field in form if field.is_hidden}, **data}


def _build_open_data(client, customer, **data):
    fields = {
        "customer": customer.pk,
        "subject": "Points issue",
        "message": "Cannot redeem",
        "priority": "HIGH",
        "type": "CUSTOMER",
        "reported_from": "CALLCENTER",
        "assigned_to_id": 0,
        **data,
    }
    return _build_form_data(client, reverse(OPEN), **fields)


# --- The list ---------------------------------------------------------------------------


def test_lists_newest_first_whatever_the_filters_leave():
    staff, customer = make_staff().entity, make_customer()
    first = make_ticket(customer, "One", priority="HIGH", department="Billing")
    second = make_ticket(customer, "Two", status="CLOSED", assigned_to_id=staff.pk, type="STORE")
    third = make_ticket(make_customer(), "Three", reported_from="EMAIL")
    client = log_in(AGENT)

    assert _list_ids(client) == [third.pk, second.pk, first.pk]
    assert _list_ids(client, "status=open") == [third.pk, first.pk]
    assert _list_ids(client, "status=CLOSED") == [second.pk]
    assert (
        _list_ids(client, "priority=HIGH") == _list_ids(client, "department=BILLING") == [first.pk]
    )
    assert _list_ids(client, "assigned=nobody") == [third.pk, first.pk]
    assert (
        _list_ids(client, f"assigned={staff.pk}") == _list_ids(client, "type=STORE") == [second.pk]
    )
    assert _list_ids(client, "reported_from=EMAIL") == [third.pk]
    assert _list_ids(client, f"customer={customer.pk}") == [second.pk, first.pk]
    day = NOON.date().isoformat()
    assert len(_list_ids(client, f"created_at_from={day}&created_at_to={day}")) == 3
    assert _list_ids(client, "created_at_to=2020-01-01") == []


def test_lists_what_is_mine():
    client = log_in(AGENT)
    mine = make_ticket(assigned_to_id=client.user.entity_id)
    make_ticket(subject="Not mine")

    assert _list_ids(client, "assigned=me") == [mine.pk]


@pytest.mark.parametrize("query", ["assigned=x", "status=x", "department=x", "customer=x"])
def test_passes_over_choices_that_are_not_offered(query):
    ticket = make_ticket()

    assert _list_ids(log_in(AGENT), query) == [ticket.pk]


def test_finds_by_the_code_or_by_whose_it_is():
    customer = make_customer(first_name="Zuleika", identifiers=[("mobile", "919811223344")])
    ticket = make_ticket(customer)
    other = make_ticket()
    client = log_in(AGENT)

    assert _list_ids(client, f"q={ticket.code.upper()}") == [ticket.pk]
    assert _list_ids(client, "q=zulei") == _list_ids(client, "q=919811") == [ticket.pk]
    assert _list_ids(client, f"q={other.code}") == [other.pk]
    assert _list_ids(client, "q=nobody") == []


def test_the_list_asks_for_as_much_with_many_as_with_few():
    customer = make_customer()
    make_ticket(customer, "One", assigned_to_id=make_staff().entity_id)
    client = log_in(AGENT)
    client.get(LIST)
    few = count_queries(lambda: client.get(LIST))
    for n in range(20):
        make_ticket(make_customer(), f"Matter {n}", assigned_to_id=make_staff().entity_id)
    client.get(LIST)

    assert count_queries(lambda: client.get(LIST)) == few


def test_exports_what_is_listed_and_nothing_a_spreadsheet_would_run():
    odd = make_ticket(subject="=1+1", message="@SUM(A1)", priority="HIGH")
    make_ticket(subject="Left out")
    client = log_in("organization admin")

    answer = client.get(reverse("admin:customers_ticket_export", args=["csv"]) + "?priority=HIGH")

    [row] = csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")))
    assert (row["code"], row["subject"], row["message"]) == (odd.code, "'=1+1", "'@SUM(A1)")
    assert (row["status"], row["createdOn"]) == ("OPEN", "2026-03-02T17:30:00+05:30")
    assert Event.objects.get(kind="tickets.exported").after["filters"] == {"priority": "HIGH"}
    xlsx = client.get(reverse("admin:customers_ticket_export", args=["xlsx"]))
    assert b"".join(xlsx).startswith(b"PK")


# --- One ticket -------------------------------------------------------------------------


def test_the_page_shows_the_matter_its_answers_and_its_history():
    ticket = make_ticket(message="<b>Nothing</b> works", custom_fields={})
    client = log_in(AGENT)
    client.post(
        _get_url("answer", ticket),
        _build_form_data(client, _get_url("answer", ticket), message="On it"),
    )

    page = client.get(_get_url("change", ticket)).content.decode()

    assert "&lt;b&gt;Nothing&lt;/b&gt; works" in page
    assert page.count("On it") == 2
    assert "Ticket opened" in page
    assert f"/admin/customers/customer/{ticket.customer_id}/change/" in page


def test_an_answer_may_close_the_ticket():
    ticket, client = make_ticket(), log_in(AGENT)
    url = _get_url("answer", ticket)

    answer = client.post(
        url, _build_form_data(client, url, message="Done", status="CLOSED"), follow=True
    )

    assert answer.redirect_chain == [(_get_url("change", ticket), 302)]
    assert f"Ticket {ticket.code} was answered." in answer.content.decode()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.modified_by) == ("CLOSED", client.user.entity)
    assert TicketReply.objects.get().written_by == client.user.entity


def test_an_answer_sent_twice_stands_there_once():
    ticket, client = make_ticket(), log_in(AGENT)
    data = _build_form_data(client, _get_url("answer", ticket), message="Done")

    client.post(_get_url("answer", ticket), data)
    answer = client.post(_get_url("answer", ticket), data, follow=True)

    assert "This form was sent twice" in answer.content.decode()
    assert TicketReply.objects.count() == 1


def test_an_answer_whose_status_is_refused_is_not_written_either():
    first = make_ticket(status="CLOSED")
    second = make_ticket(first.customer)
    client, url = log_in(AGENT), _get_url("answer", first)

    answer = client.post(url, _build_form_data(client, url, message="Again", status="OPEN"))

    expected = f"This subject is already open: ticket {second.code}."
    assert expected in answer.content.decode()
    assert not TicketReply.objects.exists()


def test_a_ticket_is_given_to_other_hands():
    ticket, client = make_ticket(), log_in(AGENT)
    url = _get_url("hand", ticket)
    wanted = {
        "status": "IN_PROGRESS",
        "priority": "HIGH",
        "department": "Billing",
        "assigned_to_id": client.user.entity_id,
    }

    client.post(url, _build_form_data(client, url, **wanted))

    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority, ticket.department) == (
        "IN_PROGRESS",
        "HIGH",
        "BILLING",
    )
    assert ticket.assigned_to == client.user.entity
    event = Event.objects.get(kind="ticket.changed")
    assert (event.actor, event.door) == (client.user.entity, "CONSOLE")


def test_whoever_was_slower_is_told_and_nothing_is_lost():
    ticket, client = make_ticket(), log_in(AGENT)
    data = _build_form_data(
        client, _get_url("hand", ticket), status="OPEN", priority="LOW", assigned_to_id=0
    )
    unit_of_work(change_ticket)(
        origin=make_origin(), change=TicketChange(ticket_id=ticket.pk, priority="HIGH")
    )
    Ticket.objects.update(modified_at=NOON.replace(minute=5))

    answer = client.post(_get_url("hand", ticket), data)

    assert "Someone else changed or answered this ticket." in answer.content.decode()
    ticket.refresh_from_db()
    assert ticket.priority == "HIGH"


def test_whoever_left_stays_offered_where_they_have_the_ticket():
    gone = make_staff()
    ticket = make_ticket(assigned_to_id=gone.entity_id)
    gone.is_active = False
    gone.save()

    form = log_in(AGENT).get(_get_url("hand", ticket)).context["form"]

    offered = [words for _, words in form.fields["assigned_to_id"].choices]
    assert f"{gone.entity} (inactive)" in offered


# --- Opening ----------------------------------------------------------------------------


def test_a_ticket_is_opened_from_the_page_of_its_customer():
    customer, client = make_customer(), log_in(AGENT)
    page = reverse("admin:customers_customer_change", args=[customer.pk])
    url = client.get(page).context["service"]["open_ticket_url"]
    assert client.get(url).context["form"]["customer"].value() == customer.pk

    answer = client.post(url, _build_open_data(client, customer), follow=True)

    assert answer.redirect_chain == [(page, 302)]
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.subject, ticket.priority) == (customer, "Points issue", "HIGH")
    assert (ticket.created_by, ticket.assigned_to) == (client.user.entity, None)
    assert ticket.code in answer.content.decode()


def test_a_form_sent_twice_opens_one_ticket():
    customer, client = make_customer(), log_in(AGENT)
    data = _build_open_data(client, customer)

    client.post(reverse(OPEN), data)
    answer = client.post(reverse(OPEN), data, follow=True)

    assert f"It is ticket {Ticket.objects.get().code}." in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"customer": 10**9}, "This customer does not exist."),
        ({"customer": "9" * 30}, "less than or equal"),
        ({"subject": " "}, "This field is required."),
        ({"message": "x" * 5001}, "at most 5000 characters"),
        ({"priority": "URGENT"}, "Select a valid choice"),
        ({"assigned_to_id": 10**9}, "Select a valid choice"),
        ({"once": "again"}, "This page is out of date"),
    ],
)
def test_a_ticket_that_cannot_be_opened_is_refused_in_words(changes, expected):
    customer, client = make_customer(), log_in(AGENT)

    answer = client.post(reverse(OPEN), {**_build_open_data(client, customer), **changes})

    assert answer.status_code == 200
    assert expected in answer.content.decode()
    assert not Ticket.objects.exists()


# --- Rights -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "sees", "handles", "exports"),
    [
        ("support agent", True, True, False),
        ("approver", True, True, False),
        ("auditor", True, False, False),
        ("import operator", False, False, False),
        ("organization admin", True, True, True),
    ],
)
def test_each_role_may_do_its_own(role, sees, handles, exports):
    ticket, client = make_ticket(), log_in(role)
    export = reverse("admin:customers_ticket_export", args=["csv"])

    assert client.get(LIST).status_code == (200 if sees else 403)
    assert client.get(export).status_code == (200 if exports else 403)
    assert client.get(export.replace("csv", "pdf")).status_code == (404 if exports else 403)
    for url in (reverse(OPEN), _get_url("answer", ticket), _get_url("hand", ticket)):
        assert client.get(url).status_code == (200 if handles else 403)
        assert client.post(url, {}).status_code == (200 if handles else 403)
    page = client.get(LIST).content.decode()
    assert (reverse(OPEN) in page) is handles
    assert ("/admin/customers/ticket/export/csv/" in page) is exports


def test_nobody_is_told_of_tickets_of_another_organization():
    theirs = make_ticket(make_customer(make_organization("other")))
    client = log_in(AGENT)

    assert _list_ids(client, f"q={theirs.code}") == []
    for page in ("change", "answer", "hand"):
        assert client.get(_get_url(page, theirs)).status_code == 404
