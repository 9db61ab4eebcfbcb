"""The requests part of a customer's page: what waits, what was decided and why, what to ask for."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from crm.adminkit.person import staff_of
from crm.adminkit.request_lines import lines_of
from crm.approvals.models import Request
from crm.approvals.queries.makers import own_entities
from crm.approvals.queries.reading import list_requests_of

MOST_REQUESTS = 20
# What staff may ask for from here, in the order of the menu; the first group is about who it is.
ASKABLE = (
    Request.Kind.MOBILE,
    Request.Kind.EMAIL,
    Request.Kind.EXTERNAL_ID,
    Request.Kind.ADDRESS,
    Request.Kind.MERGE,
    Request.Kind.POINTS,
    Request.Kind.COUPON,
    Request.Kind.RETRO,
)


def requests_of(
    request: HttpRequest, *, customer_id: int, now: datetime, is_merged: bool
) -> dict[str, Any] | None:
    """Return plain values for the page; None for staff who may not look at requests."""
    user = staff_of(request)
    if not user.has_perm("approvals.view_request"):
        return None
    found = list_requests_of(org_id=user.org_id, customer_id=customer_id, limit=MOST_REQUESTS)
    own = own_entities(org_id=user.org_id, entity_id=user.entity_id) if found else set()
    lines = lines_of(found, org_id=user.org_id, own=own, now=now, with_names=False)
    may_file = user.has_perm("approvals.file_request") and not is_merged
    return {
        "waiting": [line for line in lines if line["is_open"]],
        "decided": [line for line in lines if not line["is_open"]],
        "customer_id": customer_id,
        "asks": [
            (
                str(kind.label),
                reverse("admin:approvals_request_file", args=[customer_id, str(kind)]),
            )
            for kind in ASKABLE
        ]
        if may_file
        else [],
    }
