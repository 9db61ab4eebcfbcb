"""Validate queries and bodies with serializers, and format their errors."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from django.http import QueryDict
from rest_framework import serializers

from crm.dialects.transport_errors import RequestInvalid

MAX_PROBLEMS = 20


def flatten_query(query: QueryDict) -> dict[str, str]:
    """Return the query with repeated parameters joined by commas, without empty ones."""
    return {
        name: joined
        for name, values in query.lists()
        if (joined := ",".join(value for value in values if value))
    }


S = TypeVar("S", bound=serializers.Serializer)


def validate_data(serializer: type[S], data: Any) -> dict[str, Any]:
    """Return the validated data, under the domain's names.

    Raises:
        RequestInvalid: the data is no object.
        ValidationError: the data is invalid.
    """
    if not isinstance(data, Mapping):
        raise RequestInvalid(detail="The body must be an object.")
    return dict(_get_serializer(serializer).run_validation(data))


@cache
def _get_serializer(serializer: type[serializers.Serializer]) -> serializers.Serializer:
    # Fields are stateless, and copying them for each request takes longer than the validation.
    return serializer()


def list_problems(detail: Any, path: str = "") -> list[str]:
    """Flatten a serializer's errors into sentences that begin with the field's path."""
    if isinstance(detail, Mapping):
        sentences = [
            problem
            for name, inner in detail.items()
            for problem in list_problems(inner, _join_path(path, name))
        ]
    elif isinstance(detail, list):
        sentences = [
            problem
            for position, inner in enumerate(detail)
            for problem in list_problems(
                inner, f"{path}[{position}]" if isinstance(inner, Mapping) else path
            )
        ]
    else:
        sentences = [f"{path}: {detail}" if path else str(detail)]
    return sentences[:MAX_PROBLEMS]


def _join_path(path: str, name: object) -> str:
    if name == "non_field_errors":
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else str(name)
