"""One-line summaries of requests, for the queue and a customer's page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from crm.adminkit.request_texts import (
    COLOURS,
    describe_change,
    format_age,
)
from crm.adminkit.translated_texts import translate_text
from crm.approvals.models import Request
from crm.approvals.queries.makers import is_filed_by
from crm.messages import explain_code
from customers.queries.customers.lines import list_lines


def describe_requests(
    requests: Sequence[Request],
    *,
    org_id: int,
    own: set[int],
    now: datetime,
    with_names: bool = True,
) -> list[dict[str, Any]]:
    """Describe requests as dicts for templates. Three queries for the customers' names.

    Makers, stores and decisions (with checkers) must be loaded with the requests.
    """
    customer_names = {request.customer_id: "" for request in requests}
    for line in list_lines(org_id=org_id, customer_ids=list(customer_names)) if with_names else ():
        customer_names[line.id] = line.name
    return [
        _describe_request(request, customer_names[request.customer_id], own, now)
        for request in requests
    ]


def _describe_request(request: Request, name: str, own: set[int], now: datetime) -> dict[str, Any]:
    before, after = describe_change(request)
    return {
        "id": request.pk,
        "kind": request.get_kind_display(),
        "status": request.get_status_display(),
        "colour": COLOURS[Request.Status(request.status)],
        "is_open": request.is_open,
        "is_pending": request.status == Request.Status.PENDING,
        "is_own": is_filed_by(request, own),
        "had_value": bool(request.old_value) or not request.new_value,
        "before": before,
        "after": after,
        "customer": name
        or gettext("Customer {customer_id}").format(customer_id=request.customer_id),
        "customer_id": request.customer_id,
        "maker": str(request.maker),
        "store": str(request.store) if request.store else "",
        "filed_at": request.filed_at,
        "age": format_age(request.filed_at, now),
        "why": describe_decision(request),
        "preview_url": reverse("admin:approvals_request_preview", args=[request.pk]),
        "page_url": reverse("admin:approvals_request_change", args=[request.pk]),
    }


def describe_decision(request: Request) -> str:
    """Return the checker and reason of a decision, or the failure of an open request."""
    if request.is_open:
        return (
            translate_text(explain_code(request.failure, request.failure_facts))
            if request.failure
            else ""
        )
    decision = request.decision
    if decision is None:
        raise ValueError("a decided request has its decision")
    who = (
        gettext("Automatic")
        if decision.auto_approved
        else gettext("By {actor}").format(actor=decision.actor)
    )
    explanation = " ".join(filter(None, [decision.reason, decision.comments]))
    return f"{who}: {explanation}" if explanation and not decision.auto_approved else who
