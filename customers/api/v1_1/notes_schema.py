"""Bodies of `customer/notes` in v1.1, for the API page."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import ItemStatusOut, describe_body, describe_one_or_many
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut


class NoteIn(serializers.Serializer):
    id = serializers.CharField(
        required=False,
        help_text="The id of an existing note changes it; any other is your own number.",
    )
    date = serializers.CharField(help_text="When the note was made, such as `2016-05-05 15:15:00`.")
    description = serializers.CharField(required=False, help_text="At most 2,000 characters.")


class CustomerNotesIn(CustomerLookupIn):
    associate_id = serializers.CharField(help_text="The associate who wrote the notes.")
    notes = inline_serializer("NotesIn", {"note": NoteIn(many=True)})


class WrittenNoteOut(serializers.Serializer):
    id = serializers.CharField(help_text="`-1`: the note was not saved.")
    date = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)


class NoteOut(serializers.Serializer):
    id = serializers.CharField()
    description = serializers.CharField()
    added_on = serializers.CharField()
    associate_id = serializers.CharField()


class _CustomerOut(CustomerLookupOut):
    firstname = serializers.CharField(required=False)
    lastname = serializers.CharField(required=False)


class WrittenNotesRow(_CustomerOut):
    associate_id = serializers.CharField(required=False, allow_null=True)
    notes = inline_serializer("WrittenNotes", {"note": WrittenNoteOut(many=True)}, required=False)
    item_status = ItemStatusOut()


class NotesRow(_CustomerOut):
    notes = inline_serializer("Notes", {"note": NoteOut(many=True)}, required=False)
    item_status = ItemStatusOut()


WRITE_NOTES_REQUEST = describe_body("WriteNotes", "customer", CustomerNotesIn)
WRITE_NOTES_RESPONSE = describe_one_or_many(
    "NotesWritten", "customers", "customer", WrittenNotesRow
)
NOTES_RESPONSE = describe_one_or_many("NotesRead", "customers", "customer", NotesRow)
