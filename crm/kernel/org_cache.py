"""A cache for the configuration of organizations."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.cache import cache

from crm.kernel.transactions import after_commit, get_unit_memory

T = TypeVar("T")
_Key = tuple[str, int]  # the kind and the organization

# Desks call ``forget``; rows written otherwise are seen after this time at the latest.
MAX_AGE = 30.0  # seconds
# Asking the shared cache at each use would be a round trip per row of an import. Another process
# sees a change after this time at the latest.
CHECK_INTERVAL = 0.25  # seconds
MAX_ENTRIES = 1_000


@dataclass(slots=True)
class _Entry:
    version: str
    loaded_at: float
    checked_at: float
    value: Any


# Kept in the process, because unpickling hundreds of fields on every request would cost more than
# it saves.
_entries: dict[_Key, _Entry] = {}
# In the memory of a unit of work: what it has used, and the keys that it has forgotten.
_USED, _FORGOTTEN = "org_cache.used", "org_cache.forgotten"


def get_or_load(kind: str, org_id: int, load: Callable[[], T]) -> T:
    """Return the cached value, or load it; the value must not be modified.

    A unit of work uses one value to its end. Otherwise the version in the shared cache is looked at
    a few times a second, not at each use.
    """
    memory = get_unit_memory()
    if memory is None:
        return _get_or_load(kind, org_id, load)
    used: dict[_Key, Any] = memory.setdefault(_USED, {})
    key = kind, org_id
    if key not in used:
        # Rows that this unit has written are not yet committed, so other units must not see them.
        is_own = key in memory.get(_FORGOTTEN, ())
        used[key] = load() if is_own else _get_or_load(kind, org_id, load)
    return cast(T, used[key])


def forget(kind: str, org_id: int) -> None:
    """Invalidate the value in all processes: now for this unit, and again after the commit.

    Other processes see the change after ``CHECK_INTERVAL`` seconds at the latest.
    """
    key = kind, org_id
    memory = get_unit_memory()
    if memory is not None:
        memory.get(_USED, {}).pop(key, None)
        memory.setdefault(_FORGOTTEN, set()).add(key)
    _invalidate(key)
    # Others may have loaded the old rows before the commit.
    after_commit(lambda: _invalidate(key))


def _get_or_load(kind: str, org_id: int, load: Callable[[], T]) -> T:
    key = kind, org_id
    entry, now = _entries.get(key), time.monotonic()
    if entry is not None and now - entry.loaded_at < MAX_AGE:
        if now - entry.checked_at < CHECK_INTERVAL:
            return cast(T, entry.value)
        if entry.version == _get_version(key):
            entry.checked_at = now
            return cast(T, entry.value)
    # The version is read before the rows, so a write that commits in between changes the version,
    # and the old value is not used after the next check.
    version, value = _get_version(key), load()
    if len(_entries) >= MAX_ENTRIES:
        _entries.clear()
    _entries[key] = _Entry(version, now, now, value)
    return value


def _get_version(key: _Key) -> str:
    return str(cache.get_or_set(_build_version_key(key), _new_version, None))


def _invalidate(key: _Key) -> None:
    # The shared version may be away; this process at least must not use its old value.
    _entries.pop(key, None)
    cache.set(_build_version_key(key), _new_version(), None)


def _new_version() -> str:
    # A counter would restart when the cache loses it, and match old values.
    return uuid.uuid4().hex


def _build_version_key(key: _Key) -> str:
    kind, org_id = key
    return f"remembered.{kind}.{org_id}"
