"""Undoing a merge: its blockers, and reverting single values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MISSING = object()


@dataclass(frozen=True, slots=True)
class UnmergeBlocker:
    """A reason why a merge cannot be undone: something that happened since."""

    kind: str
    message: str


def revert_value(current: Any, *, before: Any, after: Any) -> Any:
    """Return the current value without the merge's change; later changes are kept.

    The keys of mappings are reverted one by one.
    """
    if current == after:
        return before
    if not all(isinstance(value, Mapping) for value in (current, before, after)):
        return current
    result = dict(current)
    for name in {*before, *after}:
        value_before, value_after = before.get(name, _MISSING), after.get(name, _MISSING)
        if value_before == value_after or current.get(name, _MISSING) != value_after:
            continue
        if value_before is _MISSING:
            del result[name]
        else:
            result[name] = value_before
    return result
