"""How many requests wait for somebody, remembered for a moment: every page shows the number."""

from django.core.cache import cache
from django.http import HttpRequest

from crm.adminkit.person import staff_of
from crm.approvals.queries.counting import COUNTED, count_waiting_for

REMEMBERED = 15  # seconds


def may_decide(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("approvals.decide_request"))


def waiting_for_me(request: HttpRequest) -> str:
    """The open requests that whoever looks could decide; blank for none, or who decides none."""
    if not may_decide(request):
        return ""
    count = cache.get_or_set(_key(request), lambda: _count(request), REMEMBERED) or 0
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}" if count else ""


def forget_waiting(request: HttpRequest) -> None:
    """Count anew: whoever looks has just decided something."""
    cache.delete(_key(request))


def _count(request: HttpRequest) -> int:
    user = staff_of(request)
    return count_waiting_for(org_id=user.org_id, entity_id=user.entity_id)


def _key(request: HttpRequest) -> str:
    return f"approvals.waiting.{staff_of(request).pk}"
