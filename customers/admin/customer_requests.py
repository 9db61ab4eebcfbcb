"""The requests section of a customer's page: open and decided requests, and new ones."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.request_summaries import describe_requests
from crm.approvals.models import Request
from crm.approvals.queries.makers import list_own_entities
from crm.approvals.queries.requests import list_customer_requests

MAX_REQUESTS = 20
# The requests that can be filed here, in the order of the menu.
FILEABLE_KINDS = (
    Request.Kind.MOBILE,
    Request.Kind.EMAIL,
    Request.Kind.EXTERNAL_ID,
    Request.Kind.ADDRESS,
    Request.Kind.MERGE,
    Request.Kind.POINTS,
    Request.Kind.COUPON,
    Request.Kind.RETRO,
)


def build_requests_context(
    request: HttpRequest, *, customer_id: int, now: datetime, is_merged: bool
) -> dict[str, Any] | None:
    """Return the section's context, or None if the user may not view requests."""
    user = get_staff_user(request)
    if not user.has_perm("approvals.view_request"):
        return None
    requests = list_customer_requests(
        org_id=user.org_id, customer_id=customer_id, limit=MAX_REQUESTS
    )
    own_entity_ids = (
        list_own_entities(org_id=user.org_id, entity_id=user.entity_id) if requests else set()
    )
    lines = describe_requests(
        requests, org_id=user.org_id, own=own_entity_ids, now=now, with_names=False
    )
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
            for kind in FILEABLE_KINDS
        ]
        if may_file
        else [],
    }
