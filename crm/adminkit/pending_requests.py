"""The number of requests that the user may decide, cached because every page shows it."""

from django.core.cache import cache
from django.http import HttpRequest

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.localized import format_count
from crm.approvals.queries.request_counts import COUNT_LIMIT, count_decidable

CACHE_SECONDS = 15  # seconds


def may_decide(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("approvals.decide_request"))


def count_requests_to_decide(request: HttpRequest) -> str:
    """Return the number of open requests that the user may decide; blank for zero."""
    if not may_decide(request):
        return ""
    count = (
        cache.get_or_set(_get_cache_key(request), lambda: _count_requests(request), CACHE_SECONDS)
        or 0
    )
    return (
        f"{format_count(COUNT_LIMIT)}+"
        if count > COUNT_LIMIT
        else format_count(count)
        if count
        else ""
    )


def clear_request_count(request: HttpRequest) -> None:
    """Clear the cached number after the user decided a request."""
    cache.delete(_get_cache_key(request))


def _count_requests(request: HttpRequest) -> int:
    user = get_staff_user(request)
    return count_decidable(org_id=user.org_id, entity_id=user.entity_id)


def _get_cache_key(request: HttpRequest) -> str:
    return f"approvals.waiting.{get_staff_user(request).pk}"
