"""A cache for the configuration of organizations."""

import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.core.cache import cache

from crm.kernel.transactions import after_commit

T = TypeVar("T")

# Desks call ``forget``; rows written otherwise are seen after this time at the latest.
MAX_AGE = 30.0  # seconds
MAX_ENTRIES = 1_000

# By kind and organization: the version, the time it was loaded, and the value. Kept in the process,
# because unpickling hundreds of fields on every request would cost more than it saves.
_entries: dict[tuple[str, int], tuple[str, float, Any]] = {}


def get_or_load(kind: str, org_id: int, load: Callable[[], T]) -> T:
    """Return the cached value, or load it; the value must not be modified.

    The version is in the cache that all processes share. It is read before the rows, so a write
    that commits in between changes the version and the old value is never used again.
    """
    version = str(cache.get_or_set(_build_version_key(kind, org_id), _new_version, None))
    entry = _entries.get((kind, org_id))
    if entry is not None and entry[0] == version and time.monotonic() - entry[1] < MAX_AGE:
        return cast(T, entry[2])
    loaded_at, value = time.monotonic(), load()
    if len(_entries) >= MAX_ENTRIES:
        _entries.clear()
    _entries[kind, org_id] = version, loaded_at, value
    return value


def forget(kind: str, org_id: int) -> None:
    """Invalidate the value in all processes: now for this unit, and again after the commit."""
    # The shared version may be away; this process at least must not use its old value.
    _entries.pop((kind, org_id), None)
    _change_version(kind, org_id)
    # Other processes may have loaded the old rows before the commit.
    after_commit(lambda: _change_version(kind, org_id))


def _change_version(kind: str, org_id: int) -> None:
    cache.set(_build_version_key(kind, org_id), _new_version(), None)


def _new_version() -> str:
    # A counter would restart when the cache loses it, and match old values.
    return uuid.uuid4().hex


def _build_version_key(kind: str, org_id: int) -> str:
    return f"remembered.{kind}.{org_id}"
