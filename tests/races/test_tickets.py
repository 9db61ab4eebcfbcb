"""Tickets opened, answered and merged concurrently."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from customers.errors import TicketCodeTaken, TicketSubjectTaken
from customers.models import Ticket, TicketReply
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import TicketChange, answer_ticket, change_ticket
from customers.rules.tickets import NewTicket
from tests.builders import make_customer, make_origin

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

CLIENTS = 8


def at_once(calls):
    def run(call):
        try:
            return call()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as clients:
        return list(clients.map(run, calls))


def make_open_call(origin, customer, **fields):
    ticket = NewTicket(customer_id=customer.pk, **{"subject": "Points issue", **fields})
    return lambda: unit_of_work(open_ticket)(origin=origin, ticket=ticket)


def test_one_of_many_with_the_same_subject_is_opened():
    customer, origin = make_customer(), make_origin()

    answers = at_once([make_open_call(origin, customer)] * CLIENTS)

    refused = [winner for winner in answers if isinstance(winner, TicketSubjectTaken)]
    assert len(refused) == CLIENTS - 1
    assert Ticket.objects.count() == 1


def test_one_of_many_customers_gets_a_code_of_the_callers_own():
    origin = make_origin()
    customers = [make_customer() for _ in range(CLIENTS)]

    answers = at_once([make_open_call(origin, customer, code="mine") for customer in customers])

    assert len([winner for winner in answers if isinstance(winner, TicketCodeTaken)]) == CLIENTS - 1
    assert Ticket.objects.count() == 1


def test_one_form_sent_many_times_about_anybody_opens_one_ticket():
    origin = make_origin()
    customers = [make_customer() for _ in range(CLIENTS)]

    answers = at_once(
        [make_open_call(origin, customer, reference="desk:1") for customer in customers]
    )

    assert {answer.code for answer in answers} == {Ticket.objects.get().code}
    assert [answer.is_repeat for answer in answers].count(False) == 1


def test_one_answer_sent_many_times_stands_there_once():
    origin, customer = make_origin(), make_customer()
    ticket_id = make_open_call(origin, customer)().ticket_id

    at_once(
        [
            lambda: unit_of_work(answer_ticket)(
                origin=origin, ticket_id=ticket_id, message="On it", reference="desk:1"
            )
        ]
        * CLIENTS
    )

    assert TicketReply.objects.count() == 1


def test_a_change_during_a_merge_is_never_lost():
    origin, survivor, victim = make_origin(), make_customer(), make_customer()
    ticket_id = make_open_call(origin, victim)().ticket_id
    make_open_call(origin, survivor)()

    at_once(
        [
            lambda: unit_of_work(merge_customers)(
                origin=origin, survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
            ),
            lambda: unit_of_work(change_ticket)(
                origin=origin, change=TicketChange(ticket_id=ticket_id, status="CLOSED")
            ),
        ]
    )

    ticket = Ticket.objects.get(pk=ticket_id)
    assert (ticket.customer_id, ticket.status, ticket.subject_key) == (survivor.pk, "CLOSED", "")
