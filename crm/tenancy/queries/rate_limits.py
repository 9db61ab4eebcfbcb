"""Rate limits of credentials per operation."""

import time
from collections.abc import Mapping

from django.conf import settings

from crm.tenancy.models import RateLimit

ALL_OPERATIONS = "*"
# A changed limit applies after this time at the latest; a throttle must not cost a query on each
# request.
CACHE_SECONDS = 60.0  # seconds
MAX_ENTRIES = 1_000

# By organization: the time of reading, and the limits by (credential id or None, operation).
_entries: dict[int, tuple[float, Mapping[tuple[int | None, str], int]]] = {}


def get_calls_per_hour(*, org_id: int, credential_id: int, operation: str) -> int | None:
    """Return the limit of the credential, of the organization or of the settings; or None."""
    limits = _get_limits(org_id)
    for limited_id in (credential_id, None):
        if (limit := limits.get((limited_id, operation))) is not None:
            return limit
    default: int | None = settings.RATE_LIMITS.get(operation)
    return default


def forget_rate_limits(org_id: int) -> None:
    """Reload the limits at the next call in this process; other processes follow in a minute."""
    _entries.pop(org_id, None)


def _get_limits(org_id: int) -> Mapping[tuple[int | None, str], int]:
    entry = _entries.get(org_id)
    if entry is not None and time.monotonic() - entry[0] < CACHE_SECONDS:
        return entry[1]
    read_at = time.monotonic()
    rows = RateLimit.objects.filter(org_id=org_id).values_list(
        "credential_id", "operation", "calls_per_hour"
    )
    limits: dict[tuple[int | None, str], int] = {
        (limited_id, operation): limit for limited_id, operation, limit in rows
    }
    if len(_entries) >= MAX_ENTRIES:
        _entries.clear()
    _entries[org_id] = read_at, limits
    return limits
