"""A number as the caller wrote it, for values that the domain reads exactly."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string"}]})
class ExactNumber(serializers.Field):
    """Points or an amount of money, as a number or as text. The rules read it."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value
