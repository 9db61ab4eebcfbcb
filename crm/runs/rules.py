"""How fast work goes, and how long it will still take."""

import math
from datetime import datetime, timedelta

# About this much of the past counts: long enough to be calm, short enough to be true.
MEMORY_SECONDS = 10
# A longer silence was no work at all: nobody was there to do it.
LONGEST_SILENCE = timedelta(seconds=30)


def smoothed_rate(rate: float, *, rows: int, seconds: float) -> float:
    """Rows a second, after ``rows`` more in ``seconds``."""
    latest = rows / max(seconds, 0.001)
    if not rate:
        return latest
    return rate + (1 - math.exp(-seconds / MEMORY_SECONDS)) * (latest - rate)


def seconds_spent(*, since: datetime | None, now: datetime, in_slice: float) -> float:
    """Time that a chunk took, with the waiting for its turn, without the time nobody worked."""
    if since is None or not timedelta() <= now - since <= LONGEST_SILENCE:
        return in_slice
    return (now - since).total_seconds()


def seconds_left(*, done: int, total: int, rate: float) -> int | None:
    """None while nobody can know."""
    if not rate or not total:
        return None
    return math.ceil(max(total - done, 0) / rate)
