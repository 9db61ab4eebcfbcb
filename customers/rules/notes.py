"""Notes about customers: what can be kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from customers import service_errors
from customers.rules.text import is_writable

LONGEST_DESCRIPTION = 2_000
LONGEST_ASSOCIATE = 50
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteIn:
    """A note as somebody hands it in.

    ``id`` that one of the customer's notes has means: change that one. Any other is the caller's
    own number and says nothing here. ``reference`` is the key of a form that counts once.
    """

    associate_id: str
    noted_at: datetime | None
    description: str = ""
    id: int | None = None
    reference: str = ""


def clean_note(given: NoteIn, now: datetime) -> NoteIn:
    """Trim a note.

    Raises NoteInvalid: it lacks its associate or its date, is dated tomorrow or later, or holds
    text that is too long or cannot be kept.
    """
    associate, description = given.associate_id.strip(), given.description.strip()
    if not 0 < len(associate) <= LONGEST_ASSOCIATE or not is_writable(associate):
        raise service_errors.NoteInvalid(field="associate_id")
    if given.noted_at is None or (given.noted_at - now).total_seconds() > 86_400:
        raise service_errors.NoteInvalid(field="date")
    if len(description) > LONGEST_DESCRIPTION or not is_writable(description):
        raise service_errors.NoteInvalid(field="description")
    return replace(given, associate_id=associate, description=description)


def check_count(given: Sequence[NoteIn]) -> None:
    """Refuse a list that is empty or too long with NotesNotWritten."""
    if not 0 < len(given) <= MOST_AT_ONCE:
        raise service_errors.NotesNotWritten(field=f"1 to {MOST_AT_ONCE} notes are needed")
