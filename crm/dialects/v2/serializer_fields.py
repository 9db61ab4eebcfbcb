"""What the views' serializers have in common."""

from typing import Any

from rest_framework import serializers

MAX_ID = 2**63 - 1


class QueryIn(serializers.Serializer):
    """The query of an operation: each parameter once, lists by comma or by repeating it."""


class IdField(serializers.IntegerField):
    """A number that a row may have."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MAX_ID, **kwargs})


class CommaSeparatedList(serializers.CharField):
    """Words, by comma or repeated; their order is kept, and what is said twice counts once."""

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        words = super().to_internal_value(data).split(",")
        return list(dict.fromkeys(word.strip() for word in words if word.strip()))


class DateTimeOut(serializers.DateTimeField):
    """A moment on its way out: the renderer puts it into the organization's time."""

    def to_representation(self, value: Any) -> Any:
        return value
