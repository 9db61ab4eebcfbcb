"""Taking a merge apart again: why not, and what of a value was the merge's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that happened since a merge and makes its undo impossible, in words."""

    kind: str
    words: str


def take_out(now: Any, *, before: Any, after: Any) -> Any:
    """A value without what a merge did to it; what somebody made of it since stays.

    Of mappings each key is looked at by itself.
    """
    if now == after:
        return before
    if not all(isinstance(value, Mapping) for value in (now, before, after)):
        return now
    result = dict(now)
    for name in {*before, *after}:
        was, became = before.get(name, _NOTHING), after.get(name, _NOTHING)
        if was == became or now.get(name, _NOTHING) != became:
            continue
        if was is _NOTHING:
            del result[name]
        else:
            result[name] = was
    return result
