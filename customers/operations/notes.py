"""Writing notes about a customer (v1.1, "Add Customer Notes")."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import get_store_id
from customers import service_errors
from customers.models import Note
from customers.operations.customers.lock_active import lock_standing_customer
from customers.queries.customers.by_identifier import LARGEST_ID
from customers.rules.notes import NoteIn, check_count, clean_note

WRITTEN = ("description", "associate_id", "noted_at")


@dataclass(slots=True)
class Noted:
    """What became of one note; ``is_repeat``: the same form wrote it before."""

    note_id: int | None = None
    is_new: bool = False
    is_repeat: bool = False
    refusal: DomainError | None = None


@within_unit_of_work
def write_notes(*, origin: Origin, customer_id: int, notes: Sequence[NoteIn]) -> list[Noted]:
    """Add notes about a customer, or change those whose id is one of the customer's own notes.

    One outcome for each note, in order: what cannot be kept is refused by itself (NoteInvalid),
    and the others are written. An id that none of the customer's notes has is the caller's own
    number, and the note is a new one.

    Raises:
        CustomerUnknown, CustomerMerged: there is nobody here to write about.
        NotesNotWritten: none of them can be kept, or there are none, or more than a hundred.
    """
    check_count(notes)
    customer = lock_standing_customer(origin=origin, customer_id=customer_id)
    known = _known(customer.pk, notes)
    store_id = get_store_id(org_id=origin.org.pk, entity_id=origin.actor_id)
    outcomes: list[Noted] = []
    events: list[NewEvent] = []
    for given in notes:
        try:
            outcome = _write(
                origin, customer.pk, store_id, clean_note(given, origin.at), known, events
            )
        except service_errors.NoteInvalid as refusal:
            outcome = Noted(refusal=refusal.detached())
        outcomes.append(outcome)
    refused = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    if len(refused) == len(outcomes):
        raise service_errors.NotesNotWritten(**refused[0].facts)
    record_events(origin=origin, events=events)
    return outcomes


def _known(customer_id: int, notes: Sequence[NoteIn]) -> dict[int, Note]:
    ids = {note.id for note in notes if note.id and 0 < note.id <= LARGEST_ID}
    return {row.pk: row for row in Note.objects.filter(customer_id=customer_id, pk__in=ids)}


def _write(
    origin: Origin,
    customer_id: int,
    store_id: int | None,
    note: NoteIn,
    known: dict[int, Note],
    events: list[NewEvent],
) -> Noted:
    if note.id is not None and (row := known.get(note.id)) is not None:
        return _change(origin, row, note, events)
    if note.reference:
        earlier = Note.objects.filter(org_id=origin.org.pk, reference=note.reference).first()
        if earlier is not None:
            return Noted(earlier.pk, is_repeat=True)
    made = Note.objects.create(
        org_id=origin.org.pk,
        customer_id=customer_id,
        description=note.description,
        associate_id=note.associate_id,
        noted_at=note.noted_at or origin.at,  # clean_note lets none through without a date
        store_id=store_id,
        added_by_id=origin.actor_id,
        added_at=origin.at,
        modified_by_id=origin.actor_id,
        modified_at=origin.at,
        reference=note.reference,
    )
    events.append(NewEvent("customer.note_added", "customer", customer_id, None, _told(made)))
    return Noted(made.pk, is_new=True)


def _change(origin: Origin, row: Note, note: NoteIn, events: list[NewEvent]) -> Noted:
    before = _told(row)
    row.description, row.associate_id = note.description, note.associate_id
    if note.noted_at is not None:
        row.noted_at = note.noted_at
    after = _told(row)
    if after != before:
        row.modified_by_id, row.modified_at = origin.actor_id, origin.at
        row.save(update_fields=[*WRITTEN, "modified_by_id", "modified_at"])
        events.append(NewEvent("customer.note_changed", "customer", row.customer_id, before, after))
    return Noted(row.pk)


def _told(row: Note) -> dict[str, Any]:
    """A note as the audit tells of it."""
    noted_at = row.noted_at.isoformat() if row.noted_at else None
    return {
        "note": row.pk,
        "description": row.description,
        "associate_id": row.associate_id,
        "noted_at": noted_at,
    }
