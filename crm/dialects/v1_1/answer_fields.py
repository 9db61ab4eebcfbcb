"""Fields of v1.1 answers, in which nearly every value is text and every list has a parent."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, computed, make_shape
from crm.dialects.v1_1.plain_values import format_amount, format_bool

# For values that the API page calls optional.
OPTIONAL: Mapping[str, Any] = {"required": False, "allow_null": True}


def optional_text(**kwargs: Any) -> serializers.CharField:
    """Return a field for text that may be missing or null."""
    return serializers.CharField(**{**OPTIONAL, **kwargs})


def number_text(source: str, **kwargs: Any) -> serializers.CharField:
    """Return a field for a number, such as an id, as text."""
    return computed(serializers.CharField(source=source, **kwargs), str)


def amount_text(source: str, **kwargs: Any) -> serializers.CharField:
    """Return a field for points or money as text."""
    return computed(serializers.CharField(source=source, **kwargs), format_amount)


def bool_text(source: str, **kwargs: Any) -> serializers.ChoiceField:
    """Return a field for ``true`` or ``false``."""
    return computed(
        serializers.ChoiceField(["true", "false"], source=source, **kwargs), format_bool
    )


def listed(child: str, element: type[Shape], **kwargs: Any) -> Shape:
    """Return a field for ``{child: [element, ...]}``, whose source is the list of elements."""
    return _make_list_shape(child, element)(**kwargs)


@cache
def _make_list_shape(child: str, element: type[Shape]) -> type[Shape]:
    name = f"{element.__name__.removesuffix('Out')}List"
    return make_shape(name, {child: element(many=True, source="*")})
