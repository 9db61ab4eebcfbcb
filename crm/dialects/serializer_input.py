"""Reading a query or a body by a serializer, and saying what is wrong with it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from django.http import QueryDict
from rest_framework import serializers

from crm.dialects.transport_errors import RequestInvalid

MAX_PROBLEMS = 20


def flatten_query(query: QueryDict) -> dict[str, str]:
    """Return the query with repeated parameters joined by comma, and empty ones left out."""
    return {
        name: joined
        for name, values in query.lists()
        if (joined := ",".join(value for value in values if value))
    }


S = TypeVar("S", bound=serializers.Serializer)


def validate_data(serializer: type[S], data: Any) -> dict[str, Any]:
    """Return what was said, checked and in the domain's names.

    Raises:
        RequestInvalid: with the path and reason of each problem.
    """
    if not isinstance(data, Mapping):
        raise RequestInvalid(detail="The body must be an object.")
    return dict(_get_serializer(serializer).run_validation(data))


@cache
def _get_serializer(serializer: type[serializers.Serializer]) -> serializers.Serializer:
    # Copying the fields anew for every request costs more than reading it; they keep nothing.
    return serializer()


def list_problems(detail: Any, path: str = "") -> list[str]:
    """Flatten a serializer's complaints into sentences that begin with the field's path."""
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
