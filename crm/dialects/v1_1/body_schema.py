"""Describe bodies and answers of v1.1, for the API page."""

import copy
from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.envelope import ItemStatusOut, StatusOut

FORMAT_PARAMETER = OpenApiParameter(
    "format",
    str,
    enum=["json", "xml"],
    description="The format of the answer. Default: by `Accept`.",
)


def describe_body(name: str, child: str, item: type[serializers.Serializer]) -> Any:
    """Describe ``{"root": {child: [...]}}``."""
    root = inline_serializer(f"{name}Root", {child: item(many=True)})
    return inline_serializer(f"{name}Body", {"root": root})


def describe_row(
    name: str, answer: type[serializers.Serializer], echo: type[serializers.Serializer] | None
) -> type[serializers.Serializer]:
    """Describe an item of an answer: if it succeeded ``answer``, else ``echo``; and its status.

    Only what the echo requires is always there.
    """
    fields = {key: _make_optional(field) for key, field in answer._declared_fields.items()}
    if echo is not None:
        fields |= echo._declared_fields
    return type(name, (serializers.Serializer,), {**fields, "item_status": ItemStatusOut()})


def describe_either(
    name: str, *shapes: type[serializers.Serializer]
) -> type[serializers.Serializer]:
    """Describe an object of one of these shapes; only what all of them have is always there."""
    fields: dict[str, Any] = {}
    for shape in shapes:
        for key, field in shape._declared_fields.items():
            is_everywhere = all(key in other._declared_fields for other in shapes)
            fields.setdefault(key, field if is_everywhere else _make_optional(field))
    return type(name, (serializers.Serializer,), fields)


def describe_answer(
    name: str,
    parent: str,
    child: str,
    answer: type[serializers.Serializer],
    echo: type[serializers.Serializer] | None = None,
) -> Any:
    """Describe ``{"response": {"status", parent: {child: [...]}}}``."""
    row = describe_row(f"{name}Row", answer, echo)
    rows = inline_serializer(f"{name}Rows", {child: row(many=True)})
    return describe_response(name, {parent: rows})


def describe_one_or_many(
    name: str,
    parent: str,
    child: str,
    answer: type[serializers.Serializer],
    echo: type[serializers.Serializer],
    status: type[serializers.Serializer] = StatusOut,
) -> Any:
    """Describe ``{"response": {"status", child: {...}}}``, or a list for several."""
    row = describe_row(f"{name}Row", answer, echo)
    rows = inline_serializer(f"{name}Rows", {child: row(many=True)}, required=False)
    return describe_response(name, {child: row(required=False), parent: rows}, status)


def describe_response(
    name: str, fields: dict[str, Any], status: type[serializers.Serializer] = StatusOut
) -> Any:
    """Describe ``{"response": {"status", ...}}``."""
    response = inline_serializer(f"{name}Response", {"status": status(), **fields})
    return inline_serializer(f"{name}Answer", {"response": response})


def _make_optional(field: serializers.Field) -> serializers.Field:
    copied = copy.deepcopy(field)
    # Serializers make their fields anew from these.
    vars(copied)["_kwargs"] = {**vars(copied)["_kwargs"], "required": False}
    return copied
