"""The rate of a run, and the estimate of the time left."""

import math
from datetime import datetime, timedelta

# The time over which the rate is averaged.
SMOOTHING_SECONDS = 10
# A longer gap between chunks means that no worker was running.
LONGEST_GAP = timedelta(seconds=30)


def smooth_rate(rate: float, *, rows: int, seconds: float) -> float:
    """Return the averaged rate in rows per second after ``rows`` more in ``seconds``."""
    latest = rows / max(seconds, 0.001)
    if not rate:
        return latest
    return rate + (1 - math.exp(-seconds / SMOOTHING_SECONDS)) * (latest - rate)


def measure_seconds_spent(*, since: datetime | None, now: datetime, in_slice: float) -> float:
    """Return the seconds a chunk took, with its wait for a turn but without idle time."""
    if since is None or not timedelta() <= now - since <= LONGEST_GAP:
        return in_slice
    return (now - since).total_seconds()


def estimate_seconds_left(*, done: int, total: int, rate: float) -> int | None:
    """Estimate the seconds left; None while the rate or the total is unknown."""
    if not rate or not total:
        return None
    return math.ceil(max(total - done, 0) / rate)
