"""Notes about customers, and their limits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from customers import errors
from customers.rules.text import is_writable

MAX_DESCRIPTION_LENGTH = 2_000
MAX_ASSOCIATE_LENGTH = 50
MAX_NOTES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteIn:
    """A note to write.

    If one of the customer's notes has this ``id``, that note is changed. Any other id is the
    caller's own number and is ignored. ``reference`` identifies a form that may be sent twice.
    """

    associate_id: str
    noted_at: datetime | None
    description: str = ""
    id: int | None = None
    reference: str = ""


def clean_note(note: NoteIn, now: datetime) -> NoteIn:
    """Return the note with trimmed texts.

    Raises NoteInvalid: the associate or the date is missing, the date is more than a day ahead,
    or a text is too long or cannot be stored.
    """
    associate, description = note.associate_id.strip(), note.description.strip()
    if not 0 < len(associate) <= MAX_ASSOCIATE_LENGTH or not is_writable(associate):
        raise errors.NoteInvalid(field="associate_id")
    if note.noted_at is None or (note.noted_at - now).total_seconds() > 86_400:
        raise errors.NoteInvalid(field="date")
    if len(description) > MAX_DESCRIPTION_LENGTH or not is_writable(description):
        raise errors.NoteInvalid(field="description")
    return replace(note, associate_id=associate, description=description)


def check_note_count(notes: Sequence[NoteIn]) -> None:
    """Raise NotesNotWritten if the list is empty or too long."""
    if not 0 < len(notes) <= MAX_NOTES:
        raise errors.NotesNotWritten(field=f"1 to {MAX_NOTES} notes are needed")
