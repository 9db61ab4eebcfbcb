"""Rate limits: counts calls per credential, operation and hour in the shared cache.

Each process counts locally and adds to the shared count in steps of a thousandth of the limit, so
most calls do not touch the cache. Limits up to a thousand calls, and all limits with one process,
are exact.
"""

import time
from threading import Lock

from django.core.cache import cache

from crm.dialects.transport_errors import RequestThrottled
from crm.tenancy.queries.rate_limits import ALL_OPERATIONS, get_calls_per_hour

WINDOW_SECONDS = 3600  # seconds
MAX_ENTRIES = 10_000

# By counter: the last known shared count, and the local calls since.
_counts: dict[str, tuple[int, int]] = {}
_lock = Lock()


def count_call(*, org_id: int, credential_id: int, operation: str) -> None:
    """Count a call of the operation, and of all operations together.

    Raises:
        RequestThrottled: the limit of this hour is reached.
    """
    now = int(time.time())
    for counted_operation in (operation, ALL_OPERATIONS):
        limit = get_calls_per_hour(
            org_id=org_id, credential_id=credential_id, operation=counted_operation
        )
        if limit is None:
            continue
        # The hour is part of the name: not every cache keeps the expiry of an incremented key.
        counter = f"calls.{credential_id}.{counted_operation}.{now // WINDOW_SECONDS}"
        if _increment(counter, limit) > limit:
            raise RequestThrottled(seconds=WINDOW_SECONDS - now % WINDOW_SECONDS)


def _increment(counter: str, limit: int) -> int:
    step = max(1, limit // 1000)
    with _lock:
        shared, local_calls = _counts.get(counter, (0, step))
        if local_calls + 1 < step:
            _counts[counter] = shared, local_calls + 1
            return shared + local_calls + 1
        calls = local_calls + 1 if counter in _counts else 1
        if len(_counts) >= MAX_ENTRIES:
            _counts.clear()
        # Reset before the cache is updated, so that no other thread adds the same calls.
        _counts[counter] = shared + calls, 0
        known = shared + calls
    shared = _add_to_shared_count(counter, calls, known)
    with _lock:
        _counts[counter] = shared, _counts.get(counter, (0, 0))[1]
    return shared


def _add_to_shared_count(counter: str, calls: int, known: int) -> int:
    """Return the shared count after these calls; ``known`` while the cache keeps no count."""
    for _ in range(2):
        try:
            return int(cache.incr(counter, calls))
        except ValueError:
            # The first call of the hour. Of two concurrent ones, one count may be lost.
            if cache.add(counter, calls, WINDOW_SECONDS):
                return calls
    return known
