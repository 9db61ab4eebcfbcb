"""Serializer fields for values in v2 bodies."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MAX_JSON_BYTES = 10_000  # bytes of a channel's meta or attributes
MAX_VALUES = 200  # custom or extended fields in one object


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}]})
class IdentifierValue(serializers.Field):
    """Text or a whole number, as tills send mobiles. The rules validate it."""

    default_error_messages = {"invalid": "Must be text or a whole number."}

    def to_internal_value(self, data: Any) -> str | int:
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class Text(serializers.CharField):
    """Unchanged text; blank and null are allowed. The rules trim and validate it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "required": False,
                "allow_null": True,
                "allow_blank": True,
                "trim_whitespace": False,
                **kwargs,
            }
        )


class Values(serializers.DictField):
    """Custom or extended fields by name. The field definitions validate them."""

    default_error_messages = {"too_many": f"Must have at most {MAX_VALUES} entries."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, **kwargs})

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, Mapping) and len(data) > MAX_VALUES:
            self.fail("too_many")
        values: dict[str, Any] = super().to_internal_value(data)
        return values


@extend_schema_field(OpenApiTypes.OBJECT)
class SmallObject(serializers.DictField):
    """An object that is stored unchanged."""

    default_error_messages = {"too_long": f"Must have at most {MAX_JSON_BYTES} bytes."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, **kwargs})

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values: dict[str, Any] = super().to_internal_value(data)
        if _measure_json(values) > MAX_JSON_BYTES:
            self.fail("too_long")
        return values


def _measure_json(values: Mapping[str, Any]) -> int:
    try:
        return len(orjson.dumps(values))
    except orjson.JSONEncodeError:
        # An integer of more than 64 bits.
        return len(json.dumps(values))


class LoyaltyTypeIn(serializers.ChoiceField):
    """``loyalty`` or ``non_loyalty`` in any case, returned in capitals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "choices": ["loyalty", "non_loyalty"],
                "required": False,
                "allow_null": True,
                **kwargs,
            }
        )

    def to_internal_value(self, data: Any) -> str:
        word = data.strip().lower() if isinstance(data, str) else data
        if not isinstance(word, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return str(super().to_internal_value(word)).upper()


def bounded_list(
    child: serializers.Serializer, max_length: int, **kwargs: Any
) -> serializers.ListSerializer:
    """Return a bounded list field, by default optional and nullable."""
    return serializers.ListSerializer(
        child=child, max_length=max_length, **{"required": False, "allow_null": True, **kwargs}
    )
