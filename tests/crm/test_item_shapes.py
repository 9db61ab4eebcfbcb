"""A shape of an item of a v1.1 body ..."""

import pytest
from rest_framework import serializers

from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.batch_items import read_string
from crm.dialects.v1_1.item_shapes import (
    ItemShape,
    keep,
    list_objects,
    listed_in,
    not_read,
    read_by,
)


def read_at(raw, zone, *, default="never"):
    return f"{raw or default} in {zone}"


def refuse(raw):
    raise RequestInvalid(detail=f"{raw} is refused.")


class LineIn(ItemShape):
    text = read_by(serializers.CharField(source="words"), read_string)


class NoteIn(ItemShape):
    id = serializers.CharField(source="note_id")
    at = read_by(serializers.CharField(), read_at)
    raw = read_by(serializers.JSONField(), keep)
    who = not_read(serializers.CharField())
    lines = read_by(
        listed_in("line", LineIn),
        lambda data: [LineIn.read(row) for row in list_objects(data, "line")],
    )


class ShortNoteIn(NoteIn):
    at = None


def read_note(**item):
    return NoteIn.read(item, zone="Pune")


@pytest.mark.parametrize(
    ("raw", "expected"), [(" 7 ", "7"), (7, "7"), (True, "true"), ("", None), ({"a": 1}, None)]
)
def test_reads_text_under_the_field_s_source(raw, expected):
    assert read_note(id=raw)["note_id"] == expected


def test_reads_by_functions_which_get_what_they_ask_for():
    assert read_note(at="noon", raw=[1])["at"] == "noon in Pune"
    assert read_note(raw=[1])["raw"] == [1]


def test_reads_none_where_a_key_is_missing():
    assert read_note() == {"note_id": None, "at": "never in Pune", "raw": None, "lines": []}


def test_leaves_out_what_something_else_reads():
    assert "who" not in read_note(who="Asha")


def test_reads_shapes_inside_it():
    lines = {"line": [{"text": "one"}, {}]}

    assert read_note(lines=lines)["lines"] == [{"words": "one"}, {"words": ""}]
    assert read_note(lines={"line": {"text": "one"}})["lines"] == [{"words": "one"}]


def test_needs_nothing_for_a_field_that_a_subclass_leaves_out():
    assert ShortNoteIn.read({"id": "1"}) == {"note_id": "1", "raw": None, "lines": []}


def test_passes_the_refusal_of_a_function_on():
    class OneIn(ItemShape):
        one = read_by(serializers.CharField(), refuse)

    with pytest.raises(RequestInvalid) as refusal:
        OneIn.read({"one": "x"})

    assert refusal.value.facts == {"detail": "x is refused."}


def test_refuses_objects_that_nothing_reads():
    with pytest.raises(TypeError, match="OneIn does not say how it reads line"):
        type("OneIn", (ItemShape,), {"line": LineIn()})


def test_still_describes_its_fields():
    fields = NoteIn().fields

    assert list(fields) == ["id", "at", "raw", "who", "lines"]
    assert list(fields["lines"].fields) == ["line"]
