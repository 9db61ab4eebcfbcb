"""Tabs and badges above the request queue."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.localized import format_count
from crm.approvals.admin.request_filters import ALL_STATUSES, OWN_REQUESTS
from crm.approvals.models import Request
from crm.approvals.queries.request_counts import COUNT_LIMIT, count_requests


def build_tabs(request: HttpRequest, queue: Any) -> list[dict[str, Any]]:
    """Build the tabs: the queue, and the user's own requests."""
    is_mine = request.GET.get("maker") == OWN_REQUESTS
    return [
        {"words": gettext("Queue"), "url": "?", "is_here": not is_mine},
        {
            "words": gettext("My requests"),
            "url": f"?maker={OWN_REQUESTS}&status={ALL_STATUSES}&sort=newest",
            "is_here": is_mine,
        },
    ]


def build_badges(request: HttpRequest, queue: Any) -> dict[str, Any]:
    """Build the badges: links that filter by kind or status, with counts.

    The counts ignore all other filters."""
    kind = _read_choice(request, "kind", Request.Kind.values)
    status = _read_choice(request, "status", [*Request.Status.values, ALL_STATUSES])
    statuses = [] if status == ALL_STATUSES else [status] if status else list(Request.OPEN)
    by_kind, by_status = count_requests(
        org_id=get_staff_user(request).org_id, kinds=[kind] if kind else [], statuses=statuses
    )
    open_count = sum(by_status[open_status] for open_status in Request.OPEN)
    return {
        "statuses": [
            _build_badge(gettext("Open"), open_count, queue.link(status=None), status is None),
            *(
                _build_badge(label, by_status[value], queue.link(status=value), status == value)
                for value, label in Request.Status.choices
            ),
        ],
        "kinds": [
            _build_badge(gettext("All kinds"), None, queue.link(kind=None), kind is None),
            *_build_kind_badges(queue, by_kind, kind),
        ],
    }


def _build_kind_badges(
    queue: Any, counts: Mapping[str, int], chosen: str | None
) -> list[dict[str, Any]]:
    return [
        _build_badge(str(label), counts[value], queue.link(kind=value), value == chosen)
        for value, label in Request.Kind.choices
        if counts[value] or value == chosen
    ]


def _build_badge(words: Any, count: int | None, url: str, is_here: bool) -> dict[str, Any]:
    return {
        "words": str(words),
        "count": ""
        if count is None
        else f"{format_count(COUNT_LIMIT)}+"
        if count > COUNT_LIMIT
        else format_count(count),
        "url": url,
        "is_here": is_here,
    }


def _read_choice(request: HttpRequest, name: str, choices: list[str]) -> str | None:
    value = request.GET.get(name)
    return value if value in choices else None
