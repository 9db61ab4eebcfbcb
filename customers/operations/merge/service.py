"""Merging notes, tickets and preferences."""

from customers.models import Note, Preferences, Ticket
from customers.operations.merge.journal import Journal


def move_service(journal: Journal, *, org_id: int, survivor_id: int, victim_id: int) -> None:
    """Move the victim's notes, tickets and preferences to the survivor.

    If both have preferences, the survivor's win and the blanks are filled. If both have an open
    ticket with one subject, both stay open, and the victim's loses its subject key.
    """
    # The indexes begin with the organization.
    notes = Note.objects.filter(org_id=org_id, customer_id=victim_id)
    journal.change_all(notes, {"customer_id": survivor_id})
    _move_tickets(journal, org_id, survivor_id, victim_id)
    _move_preferences(journal, survivor_id, victim_id)


def _move_tickets(journal: Journal, org_id: int, survivor_id: int, victim_id: int) -> None:
    rows = Ticket.objects.filter(org_id=org_id)
    victim_tickets = rows.filter(customer_id=victim_id)
    survivor_tickets = rows.filter(customer_id=survivor_id).exclude(subject_key="")
    for ticket in victim_tickets.filter(
        subject_key__in=list(survivor_tickets.values_list("subject_key", flat=True))
    ):
        journal.change(ticket, {"customer_id": survivor_id, "subject_key": ""})
    journal.change_all(victim_tickets, {"customer_id": survivor_id})


def _move_preferences(journal: Journal, survivor_id: int, victim_id: int) -> None:
    victim_row = Preferences.objects.filter(customer_id=victim_id).order_by("customer_id").first()
    if victim_row is None:
        return
    survivor_row = (
        Preferences.objects.filter(customer_id=survivor_id).order_by("customer_id").first()
    )
    if survivor_row is None:
        journal.change(victim_row, {"customer_id": survivor_id})
        return
    # The victim's row stays with the victim; the journal records the survivor's values.
    journal.change(
        survivor_row,
        {
            "fields": {**victim_row.fields, **survivor_row.fields},
            "preferred_store_id": survivor_row.preferred_store_id or victim_row.preferred_store_id,
        },
    )
