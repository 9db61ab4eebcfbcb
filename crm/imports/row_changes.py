"""What a row changes, value by value."""

from collections.abc import Iterator, Mapping
from typing import Any

Values = Mapping[str, Any]


def list_changes(before: Values | None, after: Values | None) -> dict[str, tuple[Any, Any]]:
    """Return the values that differ, by name, as before and after; None is no value."""
    old, new = dict(iterate_leaves(before or {})), dict(iterate_leaves(after or {}))
    return {
        name: (old.get(name), new.get(name))
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    }


def iterate_leaves(values: Values) -> Iterator[tuple[str, Any]]:
    """Yield the values of nested objects by name, without the numbers of profiles."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            for inner, leaf in iterate_leaves(value):
                is_container = name.isdigit() or name == "profiles"
                yield (inner if is_container else f"{name}.{inner}"), leaf
        else:
            yield name, value
