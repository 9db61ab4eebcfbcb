"""The home page: pending work, and registrations per day."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.localized import format_count
from crm.adminkit.pending_requests import count_requests_to_decide, may_decide
from crm.adminkit.request_texts import format_age
from crm.approvals.queries.request_counts import get_oldest_filing_time
from crm.runs.queries.open_runs import list_open_runs
from crm.tenancy.models import Organization, StaffUser
from customers.queries.customers.counts import count_customers, count_registrations_by_day
from customers.queries.tickets import list_assigned_tickets

DAYS_SHOWN = 30
CACHE_SECONDS = 60  # seconds
MAX_RUNS = 5
MAX_TICKETS = 5


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Build the context of the home page; four queries when nothing is cached."""
    user, now = get_staff_user(request), timezone.localtime()
    context["title"] = gettext("Home")
    context["greeting"] = f"{_greet(now.hour)}, {user.first_name or user.username}"
    context["today"] = date_format(now, "TODAY_FORMAT")
    if user.has_perm("customers.view_customer"):
        context |= _build_customer_context(user.org, now.date())
        context["customers_link"] = reverse("admin:customers_customer_changelist")
    if user.has_perm("customers.change_ticket"):
        context |= _build_ticket_context(user)
    if may_decide(request):
        context["waiting"] = _build_request_context(request, timezone.now())
    if user.has_perm("runs.view_run"):
        context["shows_runs"] = True
        context["runs_link"] = reverse("admin:runs_run_changelist")
        context["runs"] = [
            {
                "title": gettext(run.title),
                "state": run.state_words,
                "step": gettext(run.step) if run.step else "",
                "done": format_count(run.done),
                "total": format_count(run.total) if run.total else "",
                "percent": run.percent,
                "link": reverse("admin:runs_run_change", args=[run.id]),
            }
            for run in list_open_runs(org_id=user.org_id, limit=MAX_RUNS)
        ]
    return context


def _build_ticket_context(user: StaffUser) -> dict[str, Any]:
    """Build the open tickets of this member of staff."""
    waiting = (
        list_assigned_tickets(org_id=user.org_id, assigned_to_id=user.entity_id, limit=MAX_TICKETS)
        if user.entity_id
        else []
    )
    desk = reverse("admin:customers_ticket_changelist")
    return {
        "shows_tickets": True,
        "tickets": [
            {
                "subject": ticket.subject,
                "customer": ticket.customer_id,
                "is_urgent": ticket.priority == "HIGH",
                "created_at": ticket.created_at,
                "link": reverse("admin:customers_ticket_change", args=[ticket.id]),
            }
            for ticket in waiting
        ],
        "my_tickets_link": f"{desk}?assigned=me&status=open",
        "all_tickets_link": f"{desk}?status=open",
    }


def _build_request_context(request: HttpRequest, now: datetime) -> dict[str, str]:
    """Build the number of requests that the user can decide, and the age of the oldest."""
    count = count_requests_to_decide(request)
    since = get_oldest_filing_time(org_id=get_staff_user(request).org_id) if count else None
    return {
        "count": count or "0",
        "words": gettext("the oldest for {age}").format(age=format_age(since, now))
        if since
        else "",
        "link": reverse("admin:approvals_request_changelist"),
    }


def _build_customer_context(org: Organization, today: date) -> dict[str, Any]:
    key = f"console.home.{org.pk}.{today}"
    cached = cache.get(key)
    if cached is None:
        since = today - timedelta(days=DAYS_SHOWN - 1)
        by_day = count_registrations_by_day(org_id=org.pk, zone=org.zone, since=since, until=today)
        cached = by_day, count_customers(org_id=org.pk)
        cache.set(key, cached, CACHE_SECONDS)
    by_day, (total, is_capped) = cached
    counts = list(by_day.values())
    return {
        "has_customers": total > 0,
        "numbers": [
            {
                "title": gettext("Customers"),
                "value": f"{format_count(total)}{'+' if is_capped else ''}",
            },
            {"title": gettext("Registered today"), "value": format_count(counts[-1])},
            {"title": gettext("Last 7 days"), "value": format_count(sum(counts[-7:]))},
            {
                "title": gettext("Last {days} days").format(days=DAYS_SHOWN),
                "value": format_count(sum(counts)),
            },
        ],
        "chart": _build_chart(by_day),
        "chart_in_words": gettext(
            "{count} registrations in {days} days, {most} on the busiest"
        ).format(count=format_count(sum(counts)), days=DAYS_SHOWN, most=format_count(max(counts))),
    }


def _build_chart(by_day: dict[date, int]) -> str:
    return json.dumps(
        {
            "labels": [date_format(day, "CHART_DAY_FORMAT") for day in by_day],
            "datasets": [
                {
                    "label": gettext("Registrations"),
                    "data": list(by_day.values()),
                    "backgroundColor": "var(--color-primary-500)",
                    "borderRadius": 3,
                    "displayYAxis": True,
                    "maxTicksXLimit": 8,
                }
            ],
        }
    )


def _greet(hour: int) -> str:
    if hour < 5 or hour >= 18:
        return gettext("Good evening")
    return gettext("Good morning") if hour < 12 else gettext("Good afternoon")
