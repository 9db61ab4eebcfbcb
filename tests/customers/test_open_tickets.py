"""Opening a ticket: its code, its choices, its subject, and what is refused."""

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers import notices
from customers.errors import (
    CustomerMerged,
    CustomerUnknown,
    TicketAssigneeUnknown,
    TicketCodeTaken,
    TicketFilterInvalid,
    TicketInvalid,
    TicketSubjectMissing,
    TicketSubjectTaken,
)
from customers.models import Ticket
from customers.operations.tickets.open import open_ticket
from customers.queries.tickets import TicketFilter, list_departments, list_tickets
from customers.rules.tickets import NewTicket
from tests.builders import (
    NOON,
    make_customer,
    make_field,
    make_organization,
    make_origin,
    make_staff,
    make_till,
)
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def open_(customer, subject="Points issue", *, actor=None, **changes):
    return unit_of_work(open_ticket)(
        origin=make_origin(org=customer.org, actor=actor),
        ticket=NewTicket(customer_id=customer.pk, subject=subject, **changes),
    )


def list_customer_tickets(customer, **filters):
    return list_tickets(
        org_id=customer.org_id, customer_ids=[customer.pk], ticket_filter=TicketFilter(**filters)
    )[customer.pk]


def test_keeps_what_was_said_in_stored_words_and_tells_the_audit():
    make_field("field1", kind="CUSTOM", scope="TICKET")
    till, assignee, customer = make_till(), make_staff().entity, make_customer()

    opened = open_(
        customer,
        "  Points   issue ",
        actor=till,
        message=" Cannot redeem ",
        status="in progress",
        priority="high",
        department="internal",
        type="store",
        reported_from="CallCenter",
        assigned_to_id=assignee.pk,
        custom_fields={"Field1": "value1", "unknown": "x"},
    )

    ticket = Ticket.objects.get(pk=opened.ticket_id)
    assert (ticket.subject, ticket.message) == ("Points issue", "Cannot redeem")
    assert (ticket.status, ticket.priority, ticket.department) == (
        "IN_PROGRESS",
        "HIGH",
        "INTERNAL",
    )
    assert (ticket.type, ticket.reported_from) == ("STORE", "CALLCENTER")
    assert (ticket.assigned_to, ticket.store, ticket.created_by) == (assignee, till.parent, till)
    assert ticket.custom_fields == {"field1": "value1"}
    assert opened.notices == [Notice(notices.FIELD_INVALID, name="unknown", reason="unknown")]
    event = Event.objects.get(kind="ticket.opened")
    assert (event.subject_id, event.actor, event.after["subject"]) == (
        ticket.pk,
        till,
        "Points issue",
    )
    assert Event.objects.get(kind="customer.ticket_opened").subject_id == customer.pk


def test_draws_codes_that_nobody_can_guess():
    customer = make_customer()

    codes = {open_(customer, f"Matter {n}").code for n in range(20)}

    assert len(codes) == 20
    assert {len(code) for code in codes} == {12}


def test_takes_a_code_of_the_callers_own_unless_another_ticket_has_it():
    customer, other = make_customer(), make_customer()

    assert open_(customer, code=" 35t40ld04 ").code == "35t40ld04"
    with pytest.raises(TicketCodeTaken):
        open_(other, code="35t40ld04")

    assert open_(make_customer(make_organization("other")), code="35t40ld04").ticket_id
    assert list_customer_tickets(other) == []


@pytest.mark.parametrize("again", ["Points issue", " points   ISSUE "])
def test_refuses_a_subject_that_the_customer_has_open(again):
    customer = make_customer()
    first = open_(customer)

    with pytest.raises(TicketSubjectTaken) as refusal:
        open_(customer, again)

    assert refusal.value.facts == {"ticket": first.code}
    assert Ticket.objects.count() == 1
    assert open_(make_customer()).ticket_id


@pytest.mark.parametrize("status", ["RESOLVED", "closed"])
def test_takes_the_subject_again_once_the_matter_is_over(status):
    customer = make_customer()
    open_(customer, status=status)

    open_(customer)

    assert [ticket.status for ticket in list_customer_tickets(customer)] == ["OPEN", status.upper()]


def test_tells_long_subjects_apart_however_they_grow_when_folded():
    customer = make_customer()

    open_(customer, "ß" * 255)
    open_(customer, "ß" * 254)

    with pytest.raises(TicketSubjectTaken):
        open_(customer, "ß" * 255)


def test_opens_one_ticket_for_one_form():
    customer = make_customer()
    first = open_(customer, reference="desk:1")

    again = open_(customer, reference="desk:1")

    assert (again.code, again.is_repeat) == (first.code, True)
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("subject", ["", " \n "])
def test_refuses_an_empty_subject(subject):
    with pytest.raises(TicketSubjectMissing):
        open_(make_customer(), subject)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": "x" * 256}, "subject"),
        ({"subject": "a\0b"}, "subject"),
        ({"message": "x" * 5001}, "message"),
        ({"status": "WAITING"}, "status"),
        ({"priority": "urgent"}, "priority"),
        ({"type": "TILL"}, "type"),
        ({"reported_from": "FAX"}, "reported_from"),
        ({"department": "x" * 61}, "department"),
        ({"code": "a b"}, "ticket_code"),
        ({"code": "x" * 31}, "ticket_code"),
    ],
)
def test_refuses_what_cannot_be_kept_by_its_name(changes, field):
    with pytest.raises(TicketInvalid) as refusal:
        open_(make_customer(), **{"subject": "Fine", **changes})

    assert refusal.value.facts == {"field": field}
    assert not Ticket.objects.exists()


def test_refuses_hands_that_are_no_active_staff_of_the_organization():
    gone = make_staff(is_active=False).entity
    theirs = make_staff(make_organization("other")).entity

    for entity in (gone, theirs, make_till()):
        with pytest.raises(TicketAssigneeUnknown):
            open_(make_customer(), assigned_to_id=entity.pk)


def test_refuses_strangers_and_those_who_were_merged():
    theirs = make_customer(make_organization("other"))
    victim = make_customer(merged_into=make_customer())
    origin = make_origin()

    with pytest.raises(CustomerUnknown):
        unit_of_work(open_ticket)(
            origin=origin, ticket=NewTicket(customer_id=theirs.pk, subject="x")
        )
    with pytest.raises(CustomerMerged):
        unit_of_work(open_ticket)(
            origin=origin, ticket=NewTicket(customer_id=victim.pk, subject="x")
        )


def test_reads_newest_first_what_the_filter_says_in_one_query():
    customer = make_customer()
    first = open_(customer, "One", priority="LOW", department="billing", reported_from="email")
    second = open_(customer, "Two", status="CLOSED", type="STORE")
    open_(make_customer(), "Three")

    def list_codes(**filters):
        return [ticket.code for ticket in list_customer_tickets(customer, **filters)]

    assert list_codes() == [second.code, first.code]
    assert list_codes(status="closed") == list_codes(type="Store") == [second.code]
    assert list_codes(priority="low") == list_codes(department="Billing") == [first.code]
    assert list_codes(reported_from="EMAIL", code=first.code) == [first.code]
    assert list_codes(code="nothing") == []
    assert list_codes(since=NOON, until=NOON) == [second.code, first.code]
    assert count_queries(list_codes) == 1
    with pytest.raises(TicketFilterInvalid):
        list_codes(priority="urgent")


def test_a_new_department_is_offered_at_once_to_its_own_organization():
    customer = make_customer()
    assert list_departments(org_id=customer.org_id) == []

    open_(customer, "One", department="Billing")
    open_(customer, "Two", department="Angling")
    open_(make_customer(make_organization("other")), department="Theirs")

    assert list_departments(org_id=customer.org_id) == ["ANGLING", "BILLING"]
