"""Notes, tickets and preferences follow a merge, and come back with its undo."""

from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from customers.models import Note, Preferences, Ticket
from customers.operations.notes import write_notes
from customers.operations.preferences import StoreReference, set_preferences
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import TicketChange, answer_ticket, change_ticket
from customers.queries.preferences import get_preferences
from customers.rules.notes import NoteIn
from customers.rules.tickets import NewTicket
from tests.builders import NOON, make_customer, make_field, make_origin, make_store
from tests.crm.dumping import dump_rows

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


def note(customer, description="Likes tea", **given):
    entry = NoteIn(associate_id="7", noted_at=NOON, description=description, **given)
    [outcome] = unit_of_work(write_notes)(
        origin=make_origin(), customer_id=customer.pk, notes=[entry]
    )
    return outcome.note_id


def ticket(customer, subject="Points issue"):
    return unit_of_work(open_ticket)(
        origin=make_origin(), ticket=NewTicket(customer_id=customer.pk, subject=subject)
    ).ticket_id


def prefer(customer, store=None, **fields):
    named = StoreReference(code_or_name=store.code) if store else None
    unit_of_work(set_preferences)(
        origin=make_origin(), customer_id=customer.pk, fields=fields, store=named
    )


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def undo(key):
    unit_of_work(unmerge_customers)(origin=make_origin(at=LATER), merge_id=key, reason="A mistake")


def blockers(customer, key):
    plan = plan_unmerge(org_id=customer.org_id, merge_id=key)
    return [blocker.message for blocker in plan.blockers]


@pytest.fixture
def pair():
    for name in ("colour", "brand"):
        make_field(name, kind="CUSTOM", scope="PREFERENCE")
    return make_customer(first_name="Survivor"), make_customer(first_name="Victim")


def test_everything_moves_and_an_undo_brings_back_every_row(pair):
    survivor, victim = pair
    store = make_store()
    for customer in pair:
        note(customer)
        ticket(customer)
        ticket(customer, f"Only {customer.pk}'s")
    prefer(survivor, colour="Blue")
    prefer(victim, store, colour="Green", brand="Puma")
    before = dump_rows()

    key = merge(survivor, victim)

    assert Note.objects.filter(customer=survivor).count() == 2
    assert Ticket.objects.filter(customer=survivor, status="OPEN").count() == 4
    assert not Ticket.objects.filter(customer=victim).exists()
    kept = get_preferences(org_id=survivor.org_id, customer_id=survivor.pk)
    assert kept.fields == {"colour": "Blue", "brand": "Puma"}
    assert kept.store_id == store.pk

    undo(key)

    assert dump_rows() == before


def test_preferences_of_the_victim_alone_move_as_they_are(pair):
    survivor, victim = pair
    prefer(victim, colour="Green")
    before = dump_rows()

    key = merge(survivor, victim)

    assert Preferences.objects.get().customer == survivor
    undo(key)
    assert dump_rows() == before


def test_the_survivor_keeps_what_came_later(pair):
    survivor, victim = pair
    prefer(survivor, colour="Blue")
    prefer(victim, brand="Puma")
    moved = ticket(victim)
    key = merge(survivor, victim)
    note(survivor, "Later")
    ticket(survivor, "Later")
    prefer(survivor, colour="Red")
    unit_of_work(answer_ticket)(origin=make_origin(), ticket_id=moved, message="On it")

    undo(key)

    assert list(Note.objects.values_list("customer_id", flat=True)) == [survivor.pk]
    assert Ticket.objects.get(pk=moved).customer == victim
    assert Ticket.objects.get(pk=moved).replies.count() == 1
    fields = dict(Preferences.objects.values_list("customer_id", "fields"))
    assert fields == {survivor.pk: {"colour": "Red"}, victim.pk: {"brand": "Puma"}}


def test_what_moved_and_was_edited_blocks_the_undo_by_name(pair):
    survivor, victim = pair
    moved, noted = ticket(victim), note(victim)
    prefer(victim, brand="Puma")
    key = merge(survivor, victim)
    unit_of_work(change_ticket)(
        origin=make_origin(), change=TicketChange(ticket_id=moved, status="CLOSED")
    )
    note(survivor, "Likes coffee", id=noted)
    prefer(survivor, brand="Other")

    code = Ticket.objects.get(pk=moved).code
    assert sorted(blockers(survivor, key)) == [
        "A note of 2026-03-02 was changed since.",
        "The record of preferences was changed since.",
        f"Ticket {code} was changed since.",
    ]
