"""Reading single requests, and those that a customer has to do with."""

from typing import Any

from django.db.models import Q, QuerySet

from crm.approvals import errors
from crm.approvals.models import Decision, Request

TOLD = ("maker", "store", "decision__actor")


def get_request(*, org_id: int, request_id: int) -> Request:
    """The request with who filed and who decided it.

    Raises:
        RequestUnknown: the organization has none of that number.
    """
    rows = Request.objects.select_related("org", "other_customer", *TOLD)
    request = rows.filter(org_id=org_id, pk=request_id).first()
    if request is None:
        raise errors.RequestUnknown(request_id=request_id)
    return request


def list_decisions(*, request: Request) -> list[Decision]:
    """Every word about the request, failed tries too, in their order; one query."""
    return list(Decision.objects.filter(request=request).select_related("actor").order_by("id"))


def list_requests_of(*, org_id: int, customer_id: int, limit: int) -> list[Request]:
    """What is or was asked for the customer, or names them as the other; the newest first."""
    rows: QuerySet[Any] = Request.objects.filter(org_id=org_id).select_related(*TOLD)
    # One way at a time, because each has an index and the two together have none.
    ways = (Q(customer_id=customer_id), Q(other_customer_id=customer_id))
    found = {row.pk: row for way in ways for row in rows.filter(way).order_by("-id")[:limit]}
    return [found[pk] for pk in sorted(found, reverse=True)[:limit]]
