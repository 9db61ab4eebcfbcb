"""The description of a v1.1 answer ..."""

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape
from crm.dialects.v1_1.answer_fields import OPTIONAL, amount_text, listed, number_text
from crm.dialects.v1_1.body_schema import describe_either, describe_row


class NoteOut(Shape):
    id = number_text("pk")
    points = amount_text("points", **OPTIONAL)


class NotesOut(Shape):
    name = serializers.CharField()
    notes = listed("note", NoteOut)


class NotesEcho(serializers.Serializer):
    name = serializers.CharField(allow_null=True)
    mobile = serializers.CharField(required=False)


def list_required(serializer):
    return [name for name, field in serializer().fields.items() if field.required]


def test_requires_of_a_row_what_a_refused_item_has_as_well():
    row = describe_row("NotesRow", NotesOut, NotesEcho)

    assert set(row().fields) == {"name", "notes", "mobile", "item_status"}
    assert set(list_required(row)) == {"name", "item_status"}
    assert row().fields["name"].allow_null


def test_requires_nothing_of_a_row_but_its_status_without_an_echo():
    assert list_required(describe_row("NotesRow", NotesOut, None)) == ["item_status"]


def test_leaves_the_shape_as_it_was():
    describe_row("NotesRow", NotesOut, None)

    assert list_required(NotesOut) == ["name", "notes"]


def test_requires_of_either_shape_what_both_have():
    class TagOut(Shape):
        id = number_text("pk")
        tag = serializers.CharField()

    either = describe_either("EitherOut", NoteOut, TagOut)

    assert set(either().fields) == {"id", "points", "tag"}
    assert list_required(either) == ["id"]


def test_describes_the_parent_of_a_list():
    notes = NotesOut().fields["notes"]

    assert type(notes).__name__ == "NoteList"
    assert isinstance(notes.fields["note"].child, NoteOut)
