"""The items of a body: ``{"root": {"customer": X}}`` takes X as an object or as a list."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.dialects.refusals import BatchTooLarge, RequestInvalid

MOST_ITEMS = 100
MOST_FIELDS = 500
ROOT = "root"

Item = Mapping[str, Any]


def items_in(body: Any, child: str, *, most: int = MOST_ITEMS) -> list[Item]:
    """Return the items under ``root`` (which may be left out).

    Raises:
        RequestInvalid: there is none, or one that is no object.
        BatchTooLarge: there are too many.
    """
    root = body.get(ROOT, body) if isinstance(body, Mapping) else body
    said = as_list(root.get(child)) if isinstance(root, Mapping) else []
    if not said:
        raise RequestInvalid(detail=f"There is no {child} in the body.")
    if len(said) > most:
        raise BatchTooLarge(most=most)
    # An empty element is an object of which nothing was said.
    items = [item or {} for item in said]
    if not all(isinstance(item, Mapping) for item in items):
        raise RequestInvalid(detail=f"Each {child} must be an object.")
    return items


def check_total(items: Sequence[Item], *path: str, most: int = MOST_ITEMS) -> None:
    """Refuse a batch whose items hold too many of what lies at ``path``, all counted together.

    Raises:
        BatchTooLarge: there are more than ``most``.
    """
    total = 0
    for item in items:
        said: Any = item
        for name in path:
            said = said.get(name) if isinstance(said, Mapping) else None
        total += len(as_list(said))
    if total > most:
        raise BatchTooLarge(most=most)


def as_list(said: Any) -> list[Any]:
    """Return what stands once or several times as a list; nothing at all is none."""
    if isinstance(said, list):
        return said
    return [] if said is None else [said]


def text(said: Any) -> str | None:
    """Return what was said as text without spaces around it; None when nothing was.

    A number counts as its digits; an object or a list is no text.
    """
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, str | int | float):
        return str(said).strip() or None
    return None


def named_values(said: Any, child: str = "field") -> dict[str, Any]:
    """Return ``{"field": [{"name", "value"}]}`` as values by name; the last of a name wins.

    A field without a value is there with None.

    Raises:
        RequestInvalid: it is something else.
    """
    if said is None or said == "":
        return {}
    fields = as_list(said.get(child)) if isinstance(said, Mapping) else None
    if fields is not None and len(fields) > MOST_FIELDS:
        raise RequestInvalid(detail=f"There are more than {MOST_FIELDS} fields.")
    if fields is None or not all(isinstance(field, Mapping) for field in fields if field):
        raise RequestInvalid(detail=f"Fields are passed as {child} with name and value.")
    values = {}
    for field in fields:
        name = text(field.get("name")) if field else None
        if name is not None:
            values[name] = field.get("value")
    return values
