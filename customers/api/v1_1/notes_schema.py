"""Bodies of `customer/notes` in v1.1, for the API page."""

from drf_spectacular.utils import OpenApiExample, inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import ItemStatusOut, describe_body, describe_one_or_many
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut

STATUS = {
    "success": "true",
    "code": 200,
    "message": "SUCCESS",
    "total": "1",
    "success_count": "1",
}
CATHERINE = {
    "user_id": "430000002",
    "firstname": "Catherine",
    "lastname": "Smith",
    "mobile": "44700900999",
    "email": "catherine@example.com",
    "external_id": "ct123",
}


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

READ_EXAMPLE = OpenApiExample(
    "Notes of an associate",
    value={
        "response": {
            "status": STATUS,
            "customer": {
                **CATHERINE,
                "notes": {
                    "note": [
                        {
                            "id": "4",
                            "description": "Like to play cricket",
                            "added_on": "2016-09-04 15:12:00",
                            "associate_id": "234",
                        }
                    ]
                },
                "item_status": {
                    "success": "true",
                    "code": "1000",
                    "message": "The notes were retrieved.",
                    "warnings": {"warning": []},
                },
            },
        }
    },
    response_only=True,
)
WRITE_EXAMPLE = OpenApiExample(
    "A note",
    value={
        "root": {
            "customer": [
                {
                    "mobile": "44700900999",
                    "associate_id": "443",
                    "notes": {
                        "note": [
                            {"date": "2016-05-05 15:15:00", "description": "Likes tea"},
                        ]
                    },
                }
            ]
        }
    },
    request_only=True,
)
WRITE_ANSWER_EXAMPLE = OpenApiExample(
    "Written",
    value={
        "response": {
            "status": STATUS,
            "customer": {
                **CATHERINE,
                "associate_id": "443",
                "notes": {
                    "note": [
                        {"id": "79", "date": "2016-05-05 15:15:00", "description": "Likes tea"}
                    ]
                },
                "item_status": {
                    "success": "true",
                    "code": "200",
                    "message": "The notes were added or updated.",
                    "warnings": {"warning": []},
                },
            },
        }
    },
    response_only=True,
)
