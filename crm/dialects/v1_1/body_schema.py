"""Describe bodies of v1.1, for the API page."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

FORMAT_PARAMETER = OpenApiParameter(
    "format",
    str,
    enum=["json", "xml"],
    description="The format of the answer. Default: by `Accept`.",
)


def optional_text(**kwargs: Any) -> serializers.CharField:
    """Return a field for text that may be missing or null."""
    return serializers.CharField(**{"required": False, "allow_null": True, **kwargs})


class StatusOut(serializers.Serializer):
    success = serializers.ChoiceField(["true", "partial", "false"])
    code = serializers.IntegerField(help_text="200, 201 (some items failed), 500 (all failed).")
    message = serializers.CharField()
    total = serializers.CharField()
    success_count = serializers.CharField()


class WarningOut(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class ItemStatusOut(serializers.Serializer):
    """For the API page only: the status of one item."""

    success = serializers.ChoiceField(["true", "false"])
    code = serializers.CharField(help_text="See the list of codes.")
    message = serializers.CharField()
    warnings = inline_serializer("ItemWarnings", {"warning": WarningOut(many=True)})


def describe_body(name: str, child: str, item: type[serializers.Serializer]) -> Any:
    """Describe ``{"root": {child: [...]}}``."""
    root = inline_serializer(f"{name}Root", {child: item(many=True)})
    return inline_serializer(f"{name}Body", {"root": root})


def describe_answer(name: str, parent: str, child: str, row: type[serializers.Serializer]) -> Any:
    """Describe ``{"response": {"status", parent: {child: [...]}}}``."""
    rows = inline_serializer(f"{name}Rows", {child: row(many=True)})
    return _describe_response(name, {parent: rows})


def describe_one_or_many(
    name: str, parent: str, child: str, row: type[serializers.Serializer]
) -> Any:
    """Describe ``{"response": {"status", child: {...}}}``, or a list for several."""
    rows = inline_serializer(f"{name}Rows", {child: row(many=True)}, required=False)
    return _describe_response(name, {child: row(required=False), parent: rows})


def _describe_response(name: str, fields: dict[str, Any]) -> Any:
    response = inline_serializer(f"{name}Response", {"status": StatusOut(), **fields})
    return inline_serializer(f"{name}Answer", {"response": response})
