"""Requests in one line each, as the queue and a customer's page show them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from crm.adminkit.request_words import (
    COLOURS,
    age_in_words,
    asked_in_words,
    failure_in_words,
)
from crm.approvals.models import Request
from crm.approvals.queries.makers import is_filed_by
from customers.queries.listing import list_lines


def lines_of(
    requests: Sequence[Request],
    *,
    org_id: int,
    own: set[int],
    now: datetime,
    with_names: bool = True,
) -> list[dict[str, Any]]:
    """Plain values; three queries for the customers' names, however many there are.

    The makers, stores and decisions (with who decided) must have been loaded with the requests.
    """
    people = {request.customer_id: "" for request in requests}
    for line in list_lines(org_id=org_id, customer_ids=list(people)) if with_names else ():
        people[line.id] = line.name
    return [_line(request, people[request.customer_id], own, now) for request in requests]


def _line(request: Request, name: str, own: set[int], now: datetime) -> dict[str, Any]:
    before, after = asked_in_words(request)
    return {
        "id": request.pk,
        "kind": request.get_kind_display(),
        "status": request.get_status_display(),
        "colour": COLOURS[Request.Status(request.status)],
        "is_open": request.is_open,
        "is_own": is_filed_by(request, own),
        "before": before,
        "after": after,
        "customer": name or f"Customer {request.customer_id}",
        "customer_id": request.customer_id,
        "maker": str(request.maker),
        "store": str(request.store) if request.store else "",
        "filed_at": request.filed_at,
        "age": age_in_words(request.filed_at, now),
        "why": why_of(request),
        "preview_url": reverse("admin:approvals_request_preview", args=[request.pk]),
        "page_url": reverse("admin:approvals_request_change", args=[request.pk]),
    }


def why_of(request: Request) -> str:
    """Who decided and why, or the rule that approving it broke."""
    if request.is_open:
        return failure_in_words(request.failure, request.failure_facts) if request.failure else ""
    decision = request.decision
    if decision is None:
        raise ValueError("a decided request has its decision")
    who = "By itself" if decision.auto_approved else f"By {decision.actor}"
    said = " ".join(filter(None, [decision.reason, decision.comments]))
    return f"{who}: {said}" if said and not decision.auto_approved else who
