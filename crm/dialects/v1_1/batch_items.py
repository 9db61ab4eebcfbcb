"""The items of a body: ``{"root": {"customer": X}}`` takes X as an object or as a list."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.dialects.transport_errors import BatchTooLarge, RequestInvalid

MAX_ITEMS = 100
MAX_FIELDS = 500
ROOT = "root"

Item = Mapping[str, Any]


def read_items(body: Any, child: str, *, max_items: int = MAX_ITEMS) -> list[Item]:
    """Return the items under ``root`` (which may be left out).

    Raises:
        RequestInvalid: there is none, or one that is no object.
        BatchTooLarge: there are too many.
    """
    root = body.get(ROOT, body) if isinstance(body, Mapping) else body
    raw_items = as_list(root.get(child)) if isinstance(root, Mapping) else []
    if not raw_items:
        raise RequestInvalid(detail=f"There is no {child} in the body.")
    if len(raw_items) > max_items:
        raise BatchTooLarge(most=max_items)
    # An empty element is an object of which nothing was said.
    items = [item or {} for item in raw_items]
    if not all(isinstance(item, Mapping) for item in items):
        raise RequestInvalid(detail=f"Each {child} must be an object.")
    return items


def check_total(items: Sequence[Item], *path: str, max_total: int = MAX_ITEMS) -> None:
    """Refuse a batch whose items hold too many of what lies at ``path``, all counted together.

    Raises:
        BatchTooLarge: there are more than ``most``.
    """
    total = 0
    for item in items:
        value: Any = item
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        total += len(as_list(value))
    if total > max_total:
        raise BatchTooLarge(most=max_total)


def as_list(value: Any) -> list[Any]:
    """Return what stands once or several times as a list; nothing at all is none."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def read_text(value: Any) -> str | None:
    """Return what was said as text without spaces around it; None when nothing was.

    A number counts as its digits; an object or a list is no text.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value).strip() or None
    return None


def read_named_values(data: Any, child: str = "field") -> dict[str, Any]:
    """Return ``{"field": [{"name", "value"}]}`` as values by name; the last of a name wins.

    A field without a value is there with None.

    Raises:
        RequestInvalid: it is something else.
    """
    if data is None or data == "":
        return {}
    fields = as_list(data.get(child)) if isinstance(data, Mapping) else None
    if fields is not None and len(fields) > MAX_FIELDS:
        raise RequestInvalid(detail=f"There are more than {MAX_FIELDS} fields.")
    if fields is None or not all(isinstance(field, Mapping) for field in fields if field):
        raise RequestInvalid(detail=f"Fields are passed as {child} with name and value.")
    values = {}
    for field in fields:
        name = read_text(field.get("name")) if field else None
        if name is not None:
            values[name] = field.get("value")
    return values
