"""Notes, tickets and preferences in the demo."""

from datetime import timedelta

from crm.audit.models import Event
from customers.models import Note, Preferences, Ticket, TicketReply
from customers.queries.notes import list_notes
from customers.queries.preferences import get_preferences
from customers.queries.tickets import list_departments, list_tickets
from tests.crm.demo.moment import NOW


def test_418_has_notes_tickets_and_preferences(demo):
    notes = list_notes(org_id=demo.pk, customer_id=418)
    tickets = list_tickets(org_id=demo.pk, customer_ids=[418])[418]
    likes = get_preferences(org_id=demo.pk, customer_id=418)

    assert {note.associate_id for note in notes} == {"234", "443"}
    assert {ticket.status for ticket in tickets} == {"OPEN", "IN_PROGRESS", "CLOSED"}
    assert all(ticket.custom_fields for ticket in tickets)
    damaged = next(ticket for ticket in tickets if ticket.code == "35t40ld04")
    assert damaged.custom_fields == {"field1": "value1"}
    assert likes.fields == {"Favorite Brand": "Puma", "Favorite Color": "Green", "Likes": "Shoes"}
    assert likes.store_code == "store.code"


def test_the_samples_subject_is_free(demo):
    taken = Ticket.objects.filter(customer_id=430_000_002).values_list("subject_key", flat=True)

    assert "points issue" not in taken


def test_made_up_customers_keep_the_desks_busy(demo):
    made_up = Ticket.objects.filter(customer_id__gt=500_000_000)

    assert made_up.count() == 60
    assert set(made_up.values_list("status", flat=True)) == set(Ticket.Status.values)
    assert len(list_departments(org_id=demo.pk)) >= 6
    assert made_up.filter(created_at__gt=NOW).count() == 0
    assert made_up.filter(created_at__gt=NOW - timedelta(days=7)).count() > 8
    assert TicketReply.objects.filter(written_at__gt=NOW).count() == 0
    assert Note.objects.filter(customer_id__gt=500_000_000).count() == 40
    assert Preferences.objects.filter(customer_id__gt=500_000_000).count() == 40


def test_nothing_is_dated_after_the_demo_was_filled(demo):
    assert Event.objects.filter(happened_at__gt=NOW).count() == 0
