"""What stands above the queue: the ways to look at it, and how many there are of each kind."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from crm.adminkit.person import staff_of
from crm.approvals.admin.filters import EVERYTHING, MINE
from crm.approvals.models import Request
from crm.approvals.queries.counting import COUNTED, OPEN, count_requests


def tabs_of(request: HttpRequest, listed: Any) -> list[dict[str, Any]]:
    """To be decided, and one's own with what became of them."""
    is_mine = request.GET.get("maker") == MINE
    return [
        {"words": "Queue", "url": "?", "is_here": not is_mine},
        {
            "words": "My requests",
            "url": f"?maker={MINE}&status={EVERYTHING}&sort=newest",
            "is_here": is_mine,
        },
    ]


def badges_of(request: HttpRequest, listed: Any) -> dict[str, Any]:
    """Links that choose a kind or a status, each with its number; other filters are left aside."""
    kind = _given(request, "kind", Request.Kind.values)
    status = _given(request, "status", [*Request.Status.values, EVERYTHING])
    statuses = [] if status == EVERYTHING else [status] if status else list(OPEN)
    by_kind, by_status = count_requests(
        org_id=staff_of(request).org_id, kinds=[kind] if kind else [], statuses=statuses
    )
    open_count = sum(by_status[one] for one in OPEN)
    return {
        "statuses": [
            _badge("Open", open_count, listed.link(status=None), status is None),
            *(
                _badge(label, by_status[value], listed.link(status=value), status == value)
                for value, label in Request.Status.choices
            ),
        ],
        "kinds": [
            _badge("Every kind", None, listed.link(kind=None), kind is None),
            *_kinds(listed, by_kind, kind),
        ],
    }


def _kinds(listed: Any, counts: Mapping[str, int], chosen: str | None) -> list[dict[str, Any]]:
    return [
        _badge(str(label), counts[value], listed.link(kind=value), value == chosen)
        for value, label in Request.Kind.choices
        if counts[value] or value == chosen
    ]


def _badge(words: Any, count: int | None, url: str, is_here: bool) -> dict[str, Any]:
    return {
        "words": str(words),
        "count": "" if count is None else f"{COUNTED:,}+" if count > COUNTED else f"{count:,}",
        "url": url,
        "is_here": is_here,
    }


def _given(request: HttpRequest, name: str, offered: list[str]) -> str | None:
    given = request.GET.get(name)
    return given if given in offered else None
