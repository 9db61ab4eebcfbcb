"""How often a log-in may call an operation."""

import time
from collections.abc import Mapping

from django.conf import settings

from crm.tenancy.models import RateLimit

ALL_TOGETHER = "*"
# A changed limit counts after this long at the latest; reading it on each request would be the
# one query that a throttle must not cost.
REMEMBERED_FOR = 60.0  # seconds
MOST_ENTRIES = 1_000

# By organization: when they were read, and the limits by (log-in or None, operation).
_held: dict[int, tuple[float, Mapping[tuple[int | None, str], int]]] = {}


def calls_per_hour(*, org_id: int, credential_id: int, operation: str) -> int | None:
    """Return the limit, or None where there is none: the log-in's own before the organization's
    before that of the settings.
    """
    limits = _limits(org_id)
    for bound_to in (credential_id, None):
        if (limit := limits.get((bound_to, operation))) is not None:
            return limit
    default: int | None = settings.RATE_LIMITS.get(operation)
    return default


def forget_rate_limits(org_id: int) -> None:
    """Read them anew at the next call in this process; the others follow within a minute."""
    _held.pop(org_id, None)


def _limits(org_id: int) -> Mapping[tuple[int | None, str], int]:
    held = _held.get(org_id)
    if held is not None and time.monotonic() - held[0] < REMEMBERED_FOR:
        return held[1]
    read_at = time.monotonic()
    rows = RateLimit.objects.filter(org_id=org_id).values_list(
        "credential_id", "operation", "calls_per_hour"
    )
    limits: dict[tuple[int | None, str], int] = {
        (bound_to, operation): limit for bound_to, operation, limit in rows
    }
    if len(_held) >= MOST_ENTRIES:
        _held.clear()
    _held[org_id] = read_at, limits
    return limits
