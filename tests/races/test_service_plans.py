"""Query plans: notes, tickets and preferences use their indexes (PostgreSQL)."""

import pytest
from django.db import connection

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from customers.models import Note, Ticket
from customers.operations.notes import write_notes
from customers.operations.preferences import set_preferences
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.report import TicketReport, report_ticket
from customers.operations.tickets.update import TicketChange, answer_ticket, change_ticket
from customers.queries.notes import list_notes
from customers.queries.preferences import get_preferences_by_customer
from customers.queries.tickets import list_departments, list_replies, list_tickets
from customers.rules.notes import NoteIn
from customers.rules.tickets import NewTicket
from tests.builders import NOON, make_customer, make_field, make_origin
from tests.races.plans import explain_call

pytestmark = [pytest.mark.races, pytest.mark.django_db]

TABLES = [f"customers_{name}" for name in ("note", "ticket", "ticketreply", "preferences")]


def as_unit(operation, **arguments):
    return lambda: unit_of_work(operation)(origin=make_origin(), **arguments)


def _ticket(customer, subject="Points issue"):
    ticket = NewTicket(customer_id=customer.pk, subject=subject, code=f"T-{subject[0]}")
    return as_unit(open_ticket, ticket=ticket)


def _note(customer):
    note = NoteIn(associate_id="7", noted_at=NOON, description="Likes tea")
    return as_unit(write_notes, customer_id=customer.pk, notes=[note])


def noting(customer):
    return _note(customer)


def opening(customer):
    return _ticket(customer)


def reporting(customer):
    _ticket(customer)()
    report = TicketReport(customer_id=customer.pk, code="T-P", status="CLOSED", message="Done")
    return as_unit(report_ticket, report=report)


def handling(customer):
    pk = _ticket(customer)().ticket_id
    as_unit(change_ticket, change=TicketChange(ticket_id=pk, status="CLOSED"))()
    return as_unit(change_ticket, change=TicketChange(ticket_id=pk, status="OPEN"))


def answering(customer):
    return as_unit(answer_ticket, ticket_id=_ticket(customer)().ticket_id, message="On it")


def preferring(customer):
    make_field("colour", kind="CUSTOM", scope="PREFERENCE")
    return as_unit(set_preferences, customer_id=customer.pk, fields={"colour": "Blue"})


def merging(customer):
    survivor = make_customer()
    for customer_id in (customer, survivor):
        _note(customer_id)()
    _ticket(customer)()
    _ticket(survivor, "Other")()
    return as_unit(merge_customers, survivor_id=survivor.pk, victim_id=customer.pk, cause="REQUEST")


def reading(customer):
    _ticket(customer)()
    org_id = customer.org_id

    def read():
        list_notes(org_id=org_id, customer_id=customer.pk)
        list_tickets(org_id=org_id, customer_ids=[customer.pk])
        list_replies(
            ticket_id=Ticket.objects.values_list("pk", flat=True).get(code="T-P", org=org_id)
        )
        get_preferences_by_customer(org_id=org_id, customer_ids=[customer.pk])
        list_departments(org_id=org_id)

    return read


@pytest.mark.parametrize(
    "prepare",
    [noting, opening, reporting, handling, answering, preferring, merging, reading],
    ids=lambda prepare: prepare.__name__,
)
def test_reads_none_of_them_whole(prepare):
    _note_much_about_somebody_else()
    call = prepare(make_customer())

    read_whole = [
        (sql, plan)
        for sql, plan in explain_call(call)
        for table in TABLES
        if f"Seq Scan on {table} " in plan or _walks_an_index(plan, table)
    ]
    assert read_whole == []


def _note_much_about_somebody_else():
    """Fill the tables: on empty ones PostgreSQL would use the primary key."""
    other = make_customer()
    Note.objects.bulk_create(
        Note(
            org=other.org,
            customer=other,
            description="Likes tea",
            associate_id=str(n),
            noted_at=NOON,
            added_at=NOON,
            modified_at=NOON,
        )
        for n in range(2_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_note")


def _walks_an_index(plan, table):
    """Return whether an index of the table is read completely, without a condition."""
    lines = plan.splitlines()
    return any(
        ("Scan using" in line and f" on {table} " in line)
        and "Index Cond" not in "".join(after[:2])
        for line, after in ((line, lines[at + 1 :]) for at, line in enumerate(lines))
    )
