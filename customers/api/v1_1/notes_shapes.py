"""Bodies and answers of `customer/notes` in v1.1."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, argument, computed
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.answer_fields import listed, number_text, optional_text
from crm.dialects.v1_1.batch_items import read_string, read_text
from crm.dialects.v1_1.body_schema import describe_body, describe_one_or_many
from crm.dialects.v1_1.item_shapes import ItemShape, list_objects, listed_in, read_by
from crm.kernel.ids import read_number
from customers.api.v1_1.customer_shapes import CustomerLookupIn, CustomerLookupOut, CustomerOut
from customers.operations.notes import NoteResult
from customers.rules.times import parse_moment

NOT_WRITTEN_ID = "-1"


# --- In ---------------------------------------------------------------------------------


def read_note_id(raw: Any) -> int | None:
    """Return a note's id, or None for text that is no number (the caller's own reference)."""
    return read_number(read_string(raw))


def read_noted_at(raw: Any, zone: tzinfo) -> datetime | None:
    return parse_moment(read_text(raw), zone)


def read_notes(data: Any) -> list[Mapping[str, Any]]:
    notes = list_objects(data, "note")
    if not all(isinstance(note, Mapping) for note in notes):
        raise RequestInvalid(detail="Notes are passed as note with date and description.")
    return notes


class NoteItemIn(ItemShape):
    id = read_by(
        serializers.CharField(
            required=False,
            help_text="The id of an existing note changes it; any other is your own number.",
        ),
        read_note_id,
    )
    date = read_by(
        serializers.CharField(
            source="noted_at", help_text="When the note was made, such as `2016-05-05 15:15:00`."
        ),
        read_noted_at,
    )
    description = read_by(
        serializers.CharField(required=False, help_text="At most 2,000 characters."), read_string
    )


class CustomerNotesIn(CustomerLookupIn):
    associate_id = read_by(
        serializers.CharField(help_text="The associate who wrote the notes."), read_string
    )
    notes = read_by(listed_in("note", NoteItemIn), read_notes)


# --- Out --------------------------------------------------------------------------------


def _format_written_id(outcome: NoteResult) -> str:
    return NOT_WRITTEN_ID if outcome.note_id is None else str(outcome.note_id)


class WrittenNoteOut(Shape):
    id = computed(
        serializers.CharField(help_text="`-1`: the note was not saved."), _format_written_id
    )
    date = argument(serializers.CharField(allow_null=True), "date")
    description = argument(serializers.CharField(allow_null=True), "description")


class WrittenNotesOut(CustomerOut):
    associate_id = argument(serializers.CharField(), "associate_id")
    notes = argument(listed("note", WrittenNoteOut), "notes")


class WrittenNotesEcho(CustomerLookupOut):
    associate_id = optional_text()


class NoteOut(Shape):
    id = number_text("id")
    description = serializers.CharField()
    added_on = serializers.CharField(source="noted_at")
    associate_id = serializers.CharField()


class NotesOut(CustomerOut):
    notes = argument(listed("note", NoteOut, source="*"), "notes")


WRITE_NOTES_REQUEST = describe_body("WriteNotes", "customer", CustomerNotesIn)
WRITE_NOTES_RESPONSE = describe_one_or_many(
    "NotesWritten", "customers", "customer", WrittenNotesOut, WrittenNotesEcho
)
NOTES_RESPONSE = describe_one_or_many(
    "NotesRead", "customers", "customer", NotesOut, CustomerLookupOut
)
