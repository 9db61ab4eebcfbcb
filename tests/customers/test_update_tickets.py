"""Changing tickets: replies, assignees and statuses, each one audited."""

from datetime import timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.errors import (
    TicketAssigneeUnknown,
    TicketChangedMeanwhile,
    TicketInvalid,
    TicketSubjectTaken,
    TicketUnknown,
)
from customers.models import Ticket, TicketReply
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import (
    UNASSIGNED,
    TicketChange,
    answer_ticket,
    change_ticket,
)
from customers.queries.tickets import list_replies
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

pytestmark = pytest.mark.django_db


def make_ticket(customer=None, subject="Points issue", **fields):
    customer = customer or make_customer()
    opened = unit_of_work(open_ticket)(
        origin=make_origin(org=customer.org),
        ticket=NewTicket(customer_id=customer.pk, subject=subject, **fields),
    )
    return Ticket.objects.get(pk=opened.ticket_id)


def change_fields(ticket, *, actor=None, **fields):
    outcome = unit_of_work(change_ticket)(
        origin=make_origin(actor=actor), change=TicketChange(ticket_id=ticket.pk, **fields)
    )
    ticket.refresh_from_db()
    return outcome


def answer(ticket, message="We look into it", *, actor=None, reference=""):
    return unit_of_work(answer_ticket)(
        origin=make_origin(actor=actor), ticket_id=ticket.pk, message=message, reference=reference
    )


def test_changes_what_is_named_and_tells_only_what_differs():
    staff, ticket = make_staff().entity, make_ticket(priority="LOW", department="Billing")

    change_fields(
        ticket, actor=staff, status="in-progress", priority="low", assigned_to_id=staff.pk
    )

    assert (ticket.status, ticket.priority, ticket.department) == ("IN_PROGRESS", "LOW", "BILLING")
    assert (ticket.assigned_to, ticket.modified_by) == (staff, staff)
    event = Event.objects.get(kind="ticket.changed")
    assert event.before == {"status": "OPEN", "assigned_to": None}
    assert event.after == {"status": "IN_PROGRESS", "assigned_to": str(staff)}


def test_leaves_no_trace_when_nothing_differs():
    ticket = make_ticket()

    assert (
        change_fields(ticket, status="OPEN", priority="medium", assigned_to_id=UNASSIGNED).after
        == {}
    )

    assert not Event.objects.filter(kind="ticket.changed").exists()


def test_refuses_a_change_by_whoever_has_not_seen_the_last_one():
    ticket = make_ticket()
    seen_at = ticket.modified_at
    unit_of_work(change_ticket)(
        origin=make_origin(at=seen_at + timedelta(minutes=1)),
        change=TicketChange(ticket_id=ticket.pk, priority="HIGH", seen_at=seen_at),
    )

    with pytest.raises(TicketChangedMeanwhile):
        change_fields(ticket, priority="LOW", seen_at=seen_at)

    assert change_fields(ticket, priority="HIGH", seen_at=seen_at).after == {}


def test_takes_a_ticket_from_everybody():
    ticket = make_ticket(assigned_to_id=make_staff().entity_id)

    change_fields(ticket, assigned_to_id=UNASSIGNED)

    assert ticket.assigned_to is None


def test_leaves_a_ticket_with_whoever_left():
    staff = make_staff()
    ticket = make_ticket(assigned_to_id=staff.entity_id)
    staff.is_active = False
    staff.save()

    change_fields(ticket, status="CLOSED", assigned_to_id=staff.entity_id)

    assert (ticket.status, ticket.assigned_to_id) == ("CLOSED", staff.entity_id)


def test_overlays_custom_fields():
    for name in ("a", "b"):
        make_field(name, kind="CUSTOM", scope="TICKET")
    ticket = make_ticket(custom_fields={"a": "1"})

    outcome = change_fields(ticket, custom_fields={"b": "2", "c": "3"})

    assert ticket.custom_fields == {"a": "1", "b": "2"}
    assert [notice.facts["name"] for notice in outcome.notices] == ["c"]


def test_opened_again_it_claims_its_subject_anew():
    customer = make_customer()
    first = make_ticket(customer)
    change_fields(first, status="CLOSED")
    second = make_ticket(customer)

    with pytest.raises(TicketSubjectTaken) as refusal:
        change_fields(first, status="OPEN")

    assert refusal.value.facts == {"ticket": second.code}
    first.refresh_from_db()
    assert first.status == "CLOSED"
    change_fields(second, status="RESOLVED")
    change_fields(first, status="OPEN")
    assert (first.status, first.subject_key) == ("OPEN", "points issue")


def test_answers_stand_under_the_ticket_in_their_order():
    staff, ticket = make_staff(username="meera").entity, make_ticket()

    answer(ticket, " First ", actor=staff)
    answer(ticket, "Second")

    assert [(r.message, r.written_by) for r in list_replies(ticket_id=ticket.pk)] == [
        ("First", str(staff)),
        ("Second", "The system"),
    ]
    assert Event.objects.filter(kind="ticket.answered").first().after == {"message": "First"}
    assert Ticket.objects.get().modified_at == NOON


def test_answers_once_for_one_form():
    ticket = make_ticket()
    first = answer(ticket, reference="desk:1")

    again = answer(ticket, reference="desk:1")

    assert (again.reply_id, again.is_repeat) == (first.reply_id, True)
    assert TicketReply.objects.count() == 1


@pytest.mark.parametrize("message", ["", "  ", "x" * 5001, "a\0b"])
def test_refuses_an_answer_that_says_nothing_or_cannot_be_kept(message):
    with pytest.raises(TicketInvalid):
        answer(make_ticket(), message)

    assert not TicketReply.objects.exists()


@pytest.mark.parametrize("fields", [{"status": "x"}, {"priority": ""}, {"department": "x" * 61}])
def test_refuses_words_that_nobody_knows(fields):
    ticket = make_ticket()

    with pytest.raises(TicketInvalid):
        change_fields(ticket, **fields)


def test_refuses_hands_and_tickets_of_others():
    theirs = make_ticket(make_customer(make_organization("other")))
    ticket = make_ticket()

    with pytest.raises(TicketAssigneeUnknown):
        change_fields(ticket, assigned_to_id=make_till().pk)
    with pytest.raises(TicketUnknown):
        change_fields(theirs, status="CLOSED")
    with pytest.raises(TicketUnknown):
        answer(theirs)

    theirs.refresh_from_db()
    assert theirs.status == "OPEN"
