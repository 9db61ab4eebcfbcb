"""Read the items of a body. In ``{"root": {"customer": X}}``, X is an object or a list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.dialects.transport_errors import BatchTooLarge, RequestInvalid

MAX_ITEMS = 100
MAX_FIELDS = 500
ROOT = "root"

Item = Mapping[str, Any]


def read_items(body: Any, child: str, *, max_items: int = MAX_ITEMS) -> list[Item]:
    """Return the items under ``root``, which is optional.

    Raises:
        RequestInvalid: there are no items, or one is no object.
        BatchTooLarge: there are too many items.
    """
    root = body.get(ROOT, body) if isinstance(body, Mapping) else body
    raw_items = as_list(root.get(child)) if isinstance(root, Mapping) else []
    if not raw_items:
        raise RequestInvalid(detail=f"There is no {child} in the body.")
    if len(raw_items) > max_items:
        raise BatchTooLarge(most=max_items)
    # An empty XML element counts as an empty object.
    items = [item or {} for item in raw_items]
    if not all(isinstance(item, Mapping) for item in items):
        raise RequestInvalid(detail=f"Each {child} must be an object.")
    return items


def check_total(items: Sequence[Item], *path: str, max_total: int = MAX_ITEMS) -> None:
    """Refuse a batch whose items hold too many values at ``path``, counted together.

    Raises:
        BatchTooLarge: there are more than ``max_total``.
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
    """Return a value or list as a list; None gives an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def read_text(value: Any) -> str | None:
    """Return a value as stripped text, or None if it is empty.

    Numbers and booleans become text; objects and lists give None.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value).strip() or None
    return None


def read_string(value: Any) -> str:
    """Return a value as ``read_text`` does, but empty text instead of None."""
    return read_text(value) or ""


def echo_texts(item: Item, names: Iterable[str]) -> dict[str, str | None]:
    """Return the values of an item as text, to repeat them in the answer."""
    return {name: read_text(item[name]) for name in names if name in item}


def read_named_values(data: Any, child: str = "field") -> dict[str, Any]:
    """Return ``{"field": [{"name", "value"}]}`` as values by name; the last of a name wins.

    A field without a value is included as None.

    Raises:
        RequestInvalid: the data has another shape.
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
