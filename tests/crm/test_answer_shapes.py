"""A shape of an answer ..."""

import traceback
from types import SimpleNamespace as Row

import pytest
from rest_framework import serializers

from crm.dialects.answer_shapes import (
    Shape,
    argument,
    computed,
    constant,
    if_none,
    make_shape,
    optional,
)


class StoreOut(Shape):
    code = serializers.CharField()
    name = serializers.CharField(source="title")


class LabelOut(Shape):
    label = serializers.CharField()
    reason = optional(serializers.CharField())


def build_one(field, value, reads_keys=False, **arguments):
    """What a shape of this one field answers."""
    shape = type("OneOut", (Shape,), {"key": field, "reads_keys": reads_keys})
    return shape.build(value, **arguments)


STORE = Row(code="s", title="Store")


def test_reads_attributes_by_the_field_s_name_or_its_source():
    assert StoreOut.build(STORE) == {"code": "s", "name": "Store"}


def test_keeps_the_order_of_its_fields_behind_those_it_inherits():
    class CardOut(StoreOut):
        alias = serializers.CharField(source="code")

    assert list(CardOut.build(STORE)) == ["code", "name", "alias"]


def test_keeps_the_place_of_a_field_that_is_declared_anew():
    class AliasOut(StoreOut):
        code = serializers.CharField(source="title")

    assert list(AliasOut.build(STORE).items()) == [("code", "Store"), ("name", "Store")]


def test_follows_a_path_of_attributes():
    assert build_one(serializers.CharField(source="a.b"), Row(a=Row(b=1))) == {"key": 1}


def test_reads_the_keys_of_a_mapping_if_it_says_so():
    field = serializers.CharField(source="a.b")

    assert build_one(field, {"a": {"b": 1}}, reads_keys=True) == {"key": 1}


@pytest.mark.parametrize("value", [0, "a", None, [], {"a": [1]}])
def test_answers_constants(value):
    assert build_one(constant(serializers.JSONField(), value), None) == {"key": value}


def test_makes_constant_lists_anew():
    class Out(Shape):
        warnings = constant(serializers.ListField(), [])

    Out.build(None)["warnings"].append(1)

    assert Out.build(None) == {"warnings": []}


def test_refuses_constants_that_could_not_be_made_anew():
    with pytest.raises(ValueError, match="malformed"):
        build_one(constant(serializers.ListField(), [Row()]), None)


@pytest.mark.parametrize(
    ("field", "function", "expected"),
    [
        (serializers.CharField(source="word"), str.upper, "ASHA"),
        (serializers.CharField(source="number"), str, "7"),
        (serializers.CharField(), lambda row: row.word * 2, "ashaasha"),
        (StoreOut(), lambda row: {}, {}),
    ],
)
def test_computes_from_the_source_or_the_whole(field, function, expected):
    assert build_one(computed(field, function), Row(word="asha", number=7)) == {"key": expected}


def test_takes_by_keyword_what_its_functions_ask_for():
    field = computed(serializers.CharField(source="n"), lambda n, more, most: min(n + more, most))

    assert build_one(field, Row(n=1), more=5, most=4) == {"key": 4}


def test_answers_arguments_as_they_are():
    assert build_one(argument(LabelOut(many=True), "labels"), None, labels=[1]) == {"key": [1]}


@pytest.mark.parametrize("row", [Row(a=None), Row(a=Row(b=None))], ids=["on the way", "at the end"])
def test_answers_something_else_for_none(row):
    assert build_one(if_none(serializers.CharField(source="a.b"), ""), row) == {"key": ""}


def test_answers_what_is_false_but_not_none():
    assert build_one(if_none(serializers.IntegerField(source="a"), -1), Row(a=0)) == {"key": 0}


def test_computes_nothing_from_none():
    field = if_none(computed(serializers.CharField(source="a"), str.upper), None)

    assert build_one(field, Row(a=None)) == {"key": None}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (StoreOut(), STORE, {"code": "s", "name": "Store"}),
        (StoreOut(many=True), [STORE], [{"code": "s", "name": "Store"}]),
        (StoreOut(allow_null=True), None, None),
        (if_none(StoreOut(), {}), None, {}),
        (if_none(StoreOut(many=True), []), None, []),
        (LabelOut(), Row(label="l", reason=None), {"label": "l"}),
        (LabelOut(many=True), [Row(label="l", reason="r")], [{"label": "l", "reason": "r"}]),
    ],
)
def test_builds_shapes_inside_it(field, value, expected):
    assert build_one(field, Row(key=value)) == {"key": expected}


def test_builds_shapes_within_shapes_in_lists():
    class VisitOut(Shape):
        store = if_none(StoreOut(), {})

    visits = [Row(store=STORE), Row(store=None)]

    assert build_one(VisitOut(many=True), Row(key=visits)) == {
        "key": [{"store": {"code": "s", "name": "Store"}}, {"store": {}}]
    }


def test_reads_the_same_object_in_a_nested_shape():
    assert build_one(StoreOut(source="*"), STORE) == {"key": {"code": "s", "name": "Store"}}


def test_hands_arguments_on_to_shapes_inside_it():
    class MomentOut(Shape):
        day = computed(serializers.CharField(), lambda row, zone: f"{row.at} {zone}")
        reason = optional(serializers.CharField())

    row = Row(key=[Row(at=1, reason=None)])

    assert build_one(MomentOut(many=True), row, zone="there") == {"key": [{"day": "1 there"}]}


def test_refuses_what_cannot_be_built():
    with pytest.raises(TypeError, match="Serializer is not a Shape"):
        build_one(serializers.Serializer(), Row(key=1))


class CardOut(Shape):
    number = serializers.CharField()
    series = optional(StoreOut())
    label = optional(serializers.CharField(), when="labelled.at")
    at = optional(serializers.CharField(source="labelled.at"), when="labelled.at")
    warnings = constant(serializers.ListField(), [])


def test_leaves_out_what_is_none_or_whose_condition_does_not_hold():
    bare = Row(number="1", series=None, label="l", labelled=Row(at=""))
    full = Row(number="1", series=STORE, label=None, labelled=Row(at="now"))

    assert CardOut.build(bare) == {"number": "1", "warnings": []}
    assert list(CardOut.build(full).items()) == [
        ("number", "1"),
        ("series", {"code": "s", "name": "Store"}),
        ("label", None),
        ("at", "now"),
        ("warnings", []),
    ]


def test_leaves_out_what_a_function_says_no_to_or_makes_none_of():
    asked = optional(serializers.CharField(source="n"), when=lambda row, wanted: wanted)
    made = optional(computed(serializers.CharField(source="n"), lambda n: n or None))

    assert build_one(asked, Row(n=1), wanted=True) == {"key": 1}
    assert build_one(asked, Row(n=1), wanted=False) == {}
    assert build_one(made, Row(n=1)) == {"key": 1}
    assert build_one(made, Row(n=0)) == {}


def test_leaves_out_keys_that_a_mapping_lacks():
    field = optional(serializers.CharField(source="a"))

    assert build_one(field, {}, reads_keys=True) == {}
    assert build_one(field, {"a": 1}, reads_keys=True) == {"key": 1}


def test_shows_the_key_in_tracebacks():
    with pytest.raises(AttributeError) as caught:
        StoreOut.build(Row(code="s"))

    assert "'name': value.title," in "".join(traceback.format_tb(caught.value.__traceback__))


def test_still_describes_its_fields():
    fields = CardOut().fields

    assert [(type(field).__name__, field.required) for field in fields.values()] == [
        ("CharField", True),
        ("StoreOut", False),
        ("CharField", False),
        ("CharField", False),
        ("ListField", True),
    ]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (serializers.CharField(source="code"), "s"),
        (computed(serializers.CharField(source="code"), str.upper), "S"),
        (if_none(serializers.CharField(source="other"), "-"), "-"),
        (StoreOut(source="*"), {"code": "s", "name": "Store"}),
        (optional(StoreOut(source="*")), {"code": "s", "name": "Store"}),
    ],
)
def test_reads_an_argument_by_the_field_s_source(field, expected):
    store = Row(code="s", title="Store", other=None)

    assert build_one(argument(field, "store"), None, store=store) == {"key": expected}


def test_leaves_out_what_is_none_in_an_argument():
    field = optional(argument(StoreOut(source="held"), "store"))

    assert build_one(field, None, store=Row(held=None)) == {}


def test_takes_a_source_that_is_the_field_s_name():
    class UpperOut(Shape):
        code = computed(serializers.CharField(source="code"), str.upper)

    assert UpperOut.build(STORE) == {"code": "S"}
    assert UpperOut().fields["code"].source == "code"


def test_takes_names_that_are_words_of_python():
    shape = make_shape("StepOut", {"from": serializers.CharField(source="previous")})

    assert shape.build(Row(previous="SILVER")) == {"from": "SILVER"}
    assert list(shape().fields) == ["from"]
