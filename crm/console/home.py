"""The first page: what awaits me, and how registrations go."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from crm.adminkit.person import staff_of
from crm.adminkit.request_words import age_in_words
from crm.adminkit.waiting import may_decide, waiting_for_me
from crm.approvals.queries.counting import oldest_open
from crm.runs.queries.listing import list_open_runs
from crm.tenancy.models import Organization, StaffUser
from customers.queries.counting import count_customers, count_registrations_by_day
from customers.queries.tickets import list_waiting_tickets

DAYS_SHOWN = 30
REMEMBERED = 60  # seconds
MOST_RUNS = 5
MOST_TICKETS = 5


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Give the template of the first page its plain values; four queries when nothing is kept."""
    user, now = staff_of(request), timezone.localtime()
    context["title"] = "Home"
    context["greeting"] = f"{_part_of_day(now.hour)}, {user.first_name or user.username}"
    context["today"] = date_format(now, "l, j F Y")
    if user.has_perm("customers.view_customer"):
        context |= _customers(user.org, now.date())
        context["customers_link"] = reverse("admin:customers_customer_changelist")
    if user.has_perm("customers.change_ticket"):
        context |= _tickets(user)
    if may_decide(request):
        context["waiting"] = _waiting(request, timezone.now())
    if user.has_perm("runs.view_run"):
        context["shows_runs"] = True
        context["runs_link"] = reverse("admin:runs_run_changelist")
        context["runs"] = [
            {
                "title": run.title,
                "state": run.state_words,
                "step": run.step,
                "done": f"{run.done:,}",
                "total": f"{run.total:,}" if run.total else "",
                "percent": run.percent,
                "link": reverse("admin:runs_run_change", args=[run.id]),
            }
            for run in list_open_runs(org_id=user.org_id, limit=MOST_RUNS)
        ]
    return context


def _tickets(user: StaffUser) -> dict[str, Any]:
    """What this member of staff has to take care of."""
    waiting = (
        list_waiting_tickets(org_id=user.org_id, assigned_to_id=user.entity_id, limit=MOST_TICKETS)
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


def _waiting(request: HttpRequest, now: datetime) -> dict[str, str]:
    """How many requests whoever looks could decide, and for how long one has waited."""
    count = waiting_for_me(request)
    since = oldest_open(org_id=staff_of(request).org_id) if count else None
    return {
        "count": count or "0",
        "words": f"the oldest for {age_in_words(since, now)}" if since else "",
        "link": reverse("admin:approvals_request_changelist"),
    }


def _customers(org: Organization, today: date) -> dict[str, Any]:
    key = f"console.home.{org.pk}.{today}"
    counted = cache.get(key)
    if counted is None:
        since = today - timedelta(days=DAYS_SHOWN - 1)
        by_day = count_registrations_by_day(org_id=org.pk, zone=org.zone, since=since, until=today)
        counted = by_day, count_customers(org_id=org.pk)
        cache.set(key, counted, REMEMBERED)
    by_day, (total, is_capped) = counted
    counts = list(by_day.values())
    return {
        "has_customers": total > 0,
        "numbers": [
            {"title": "Customers", "value": f"{total:,}{'+' if is_capped else ''}"},
            {"title": "Registered today", "value": f"{counts[-1]:,}"},
            {"title": "Last 7 days", "value": f"{sum(counts[-7:]):,}"},
            {"title": f"Last {DAYS_SHOWN} days", "value": f"{sum(counts):,}"},
        ],
        "chart": _chart(by_day),
        "chart_in_words": f"{sum(counts):,} registrations in {DAYS_SHOWN} days, "
        f"{max(counts):,} on the busiest",
    }


def _chart(by_day: dict[date, int]) -> str:
    return json.dumps(
        {
            "labels": [date_format(day, "j M") for day in by_day],
            "datasets": [
                {
                    "label": "Registrations",
                    "data": list(by_day.values()),
                    "backgroundColor": "var(--color-primary-500)",
                    "borderRadius": 3,
                    "displayYAxis": True,
                    "maxTicksXLimit": 8,
                }
            ],
        }
    )


def _part_of_day(hour: int) -> str:
    if hour < 5 or hour >= 18:
        return "Good evening"
    return "Good morning" if hour < 12 else "Good afternoon"
