"""Remembering an organization's configuration between requests."""

import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.core.cache import cache

from crm.kernel.transactions import after_commit

T = TypeVar("T")

# Desks call ``forget``; what is written behind their backs is seen after this long at the latest.
LONGEST = 30.0  # seconds
MOST_ENTRIES = 1_000

# By kind and organization: the version, when it was loaded, the value. Kept in the process, as
# unpickling hundreds of fields on every request would cost more than it saves.
_held: dict[tuple[str, int], tuple[str, float, Any]] = {}


def remembered(kind: str, org_id: int, load: Callable[[], T]) -> T:
    """Return what ``load`` returns, or returned a moment ago; the value must not be changed.

    The version lies in the cache that all processes share. It is read before the rows are, so a
    writer who commits in between leaves a version under which nothing old is ever found.
    """
    version = str(cache.get_or_set(_version_key(kind, org_id), _new_version, None))
    held = _held.get((kind, org_id))
    if held is not None and held[0] == version and time.monotonic() - held[1] < LONGEST:
        return cast(T, held[2])
    loaded_at, value = time.monotonic(), load()
    if len(_held) >= MOST_ENTRIES:
        _held.clear()
    _held[kind, org_id] = version, loaded_at, value
    return value


def forget(kind: str, org_id: int) -> None:
    """Let every process load anew: at once for the unit that writes, and again once it is safe."""
    _raise_version(kind, org_id)
    # Others may have loaded the old rows while the unit was open.
    after_commit(lambda: _raise_version(kind, org_id))


def _raise_version(kind: str, org_id: int) -> None:
    cache.set(_version_key(kind, org_id), _new_version(), None)


def _new_version() -> str:
    # A counter would begin again, and find old values, when the cache loses it.
    return uuid.uuid4().hex


def _version_key(kind: str, org_id: int) -> str:
    return f"remembered.{kind}.{org_id}"
