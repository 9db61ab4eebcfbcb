"""How often: calls are counted per log-in and operation, by the hour, in the shared cache.

A count that lies far from its limit is kept in the process and added to the shared one in steps
of a thousandth of the limit, so that the hot path rarely touches the cache. Limits up to a
thousand calls, and every limit with one process, are exact.
"""

import time
from threading import Lock

from django.core.cache import cache

from crm.dialects.refusals import RequestThrottled
from crm.tenancy.queries.rate_limits import ALL_TOGETHER, calls_per_hour

WINDOW = 3600  # seconds
MOST_ENTRIES = 10_000

# By counter: the shared count when last looked at, and the calls since.
_counted: dict[str, tuple[int, int]] = {}
_lock = Lock()


def count_call(*, org_id: int, credential_id: int, operation: str) -> None:
    """Count a call of the operation, and of all operations together.

    Raises:
        RequestThrottled: there were as many as allowed within this hour.
    """
    now = int(time.time())
    for counted_as in (operation, ALL_TOGETHER):
        limit = calls_per_hour(org_id=org_id, credential_id=credential_id, operation=counted_as)
        if limit is None:
            continue
        # The hour is part of the name: not every cache keeps the end of a count that it raises.
        counter = f"calls.{credential_id}.{counted_as}.{now // WINDOW}"
        if _count(counter, limit) > limit:
            raise RequestThrottled(seconds=WINDOW - now % WINDOW)


def _count(counter: str, limit: int) -> int:
    step = max(1, limit // 1000)
    with _lock:
        shared, since = _counted.get(counter, (0, step))
        if since + 1 < step:
            _counted[counter] = shared, since + 1
            return shared + since + 1
        calls = since + 1 if counter in _counted else 1
        if len(_counted) >= MOST_ENTRIES:
            _counted.clear()
        # Set back before the cache is asked, so that no other thread adds the same calls.
        _counted[counter] = shared + calls, 0
    shared = _add(counter, calls)
    with _lock:
        _counted[counter] = shared, _counted.get(counter, (0, 0))[1]
    return shared


def _add(counter: str, calls: int) -> int:
    try:
        return int(cache.incr(counter, calls))
    except ValueError:
        # The first call of the hour. Two at once may lose one of their counts.
        if cache.add(counter, calls, WINDOW):
            return calls
        return int(cache.incr(counter, calls))
