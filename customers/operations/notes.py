"""Writing notes about a customer (v1.1, "Add Customer Notes")."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import get_store_id
from customers import errors
from customers.models import Note
from customers.operations.customers.lock import lock_active_customer
from customers.rules.notes import NoteIn, check_note_count, clean_note

EDITABLE_FIELDS = ("description", "associate_id", "noted_at")


@dataclass(slots=True)
class NoteResult:
    """The result for one note; ``is_repeat`` is set if the same form wrote it before."""

    note_id: int | None = None
    is_new: bool = False
    is_repeat: bool = False
    refusal: DomainError | None = None


@within_unit_of_work
def write_notes(*, origin: Origin, customer_id: int, notes: Sequence[NoteIn]) -> list[NoteResult]:
    """Add notes about a customer, or change those whose id is that of a note of the customer.

    Returns one result for each note, in order. An invalid note is refused separately (NoteInvalid)
    and the others are written. If no note of the customer has the id, the note is a new one.

    Raises:
        CustomerUnknown, CustomerMerged: the customer does not exist or was merged.
        NotesNotWritten: no note is valid, or there are none, or more than a hundred.
    """
    check_note_count(notes)
    customer = lock_active_customer(origin=origin, customer_id=customer_id)
    known = _load_known_notes(customer.pk, notes)
    store_id = get_store_id(org_id=origin.org.pk, entity_id=origin.actor_id)
    outcomes: list[NoteResult] = []
    events: list[NewEvent] = []
    for note in notes:
        try:
            outcome = _write_note(
                origin, customer.pk, store_id, clean_note(note, origin.at), known, events
            )
        except errors.NoteInvalid as refusal:
            outcome = NoteResult(refusal=refusal.detached())
        outcomes.append(outcome)
    refused = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    if len(refused) == len(outcomes):
        raise errors.NotesNotWritten(**refused[0].facts)
    record_events(origin=origin, events=events)
    return outcomes


def _load_known_notes(customer_id: int, notes: Sequence[NoteIn]) -> dict[int, Note]:
    ids = {note.id for note in notes if note.id and 0 < note.id <= LARGEST_ID}
    return {row.pk: row for row in Note.objects.filter(customer_id=customer_id, pk__in=ids)}


def _write_note(
    origin: Origin,
    customer_id: int,
    store_id: int | None,
    note: NoteIn,
    known: dict[int, Note],
    events: list[NewEvent],
) -> NoteResult:
    if note.id is not None and (row := known.get(note.id)) is not None:
        return _update_note(origin, row, note, events)
    if note.reference:
        earlier = Note.objects.filter(org_id=origin.org.pk, reference=note.reference).first()
        if earlier is not None:
            return NoteResult(earlier.pk, is_repeat=True)
    new_row = Note.objects.create(
        org_id=origin.org.pk,
        customer_id=customer_id,
        description=note.description,
        associate_id=note.associate_id,
        noted_at=note.noted_at or origin.at,  # clean_note requires a date
        store_id=store_id,
        added_by_id=origin.actor_id,
        added_at=origin.at,
        modified_by_id=origin.actor_id,
        modified_at=origin.at,
        reference=note.reference,
    )
    events.append(
        NewEvent("customer.note_added", "customer", customer_id, None, _describe_note(new_row))
    )
    return NoteResult(new_row.pk, is_new=True)


def _update_note(origin: Origin, row: Note, note: NoteIn, events: list[NewEvent]) -> NoteResult:
    before = _describe_note(row)
    row.description, row.associate_id = note.description, note.associate_id
    if note.noted_at is not None:
        row.noted_at = note.noted_at
    after = _describe_note(row)
    if after != before:
        row.modified_by_id, row.modified_at = origin.actor_id, origin.at
        row.save(update_fields=[*EDITABLE_FIELDS, "modified_by_id", "modified_at"])
        events.append(NewEvent("customer.note_changed", "customer", row.customer_id, before, after))
    return NoteResult(row.pk)


def _describe_note(row: Note) -> dict[str, Any]:
    """Return the note as it is stored in an audit event."""
    noted_at = row.noted_at.isoformat() if row.noted_at else None
    return {
        "note": row.pk,
        "description": row.description,
        "associate_id": row.associate_id,
        "noted_at": noted_at,
    }
