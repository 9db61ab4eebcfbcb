"""What a merge moves of the service a customer had: notes, tickets and preferences."""

from customers.models import Note, Preferences, Ticket
from customers.operations.merge.journal import Journal


def move_service(journal: Journal, *, org_id: int, survivor_id: int, victim_id: int) -> None:
    """Give the survivor the victim's notes, tickets and preferences.

    Where both have preferences the survivor's win and the blanks are filled. Where both have an
    open ticket of one subject, both stay open: the victim's gives up its claim on the subject.
    """
    # With the organization, by which their indexes begin.
    noted = Note.objects.filter(org_id=org_id, customer_id=victim_id)
    journal.change_all(noted, {"customer_id": survivor_id})
    _move_tickets(journal, org_id, survivor_id, victim_id)
    _move_preferences(journal, survivor_id, victim_id)


def _move_tickets(journal: Journal, org_id: int, survivor_id: int, victim_id: int) -> None:
    rows = Ticket.objects.filter(org_id=org_id)
    moving = rows.filter(customer_id=victim_id)
    claimed = rows.filter(customer_id=survivor_id).exclude(subject_key="")
    for ticket in moving.filter(
        subject_key__in=list(claimed.values_list("subject_key", flat=True))
    ):
        journal.change(ticket, {"customer_id": survivor_id, "subject_key": ""})
    journal.change_all(moving, {"customer_id": survivor_id})


def _move_preferences(journal: Journal, survivor_id: int, victim_id: int) -> None:
    given = Preferences.objects.filter(customer_id=victim_id).order_by("customer_id").first()
    if given is None:
        return
    own = Preferences.objects.filter(customer_id=survivor_id).order_by("customer_id").first()
    if own is None:
        journal.change(given, {"customer_id": survivor_id})
        return
    # The victim's row stays with the victim: the journal keeps both words.
    journal.change(
        own,
        {
            "fields": {**given.fields, **own.fields},
            "preferred_store_id": own.preferred_store_id or given.preferred_store_id,
        },
    )
