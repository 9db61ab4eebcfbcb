"""Serializer fields that v2 views share."""

from typing import Any

from rest_framework import serializers

from crm.kernel.ids import LARGEST_ID


class QueryIn(serializers.Serializer):
    """The query of an operation. Lists are comma-separated or repeated parameters."""


class IdField(serializers.IntegerField):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID, **kwargs})


class CommaSeparatedList(serializers.CharField):
    """A list, comma-separated or repeated. Keeps the order and drops duplicates."""

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        words = super().to_internal_value(data).split(",")
        return list(dict.fromkeys(self.clean(word) for word in words if word.strip()))

    def clean(self, word: str) -> str:
        return word.strip()


class DateTimeOut(serializers.DateTimeField):
    """A datetime to output. The renderer converts it to the organization's time zone."""

    def to_representation(self, value: Any) -> Any:
        return value
