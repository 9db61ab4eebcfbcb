"""Queries on single requests and on a customer's requests."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from crm.approvals import errors
from crm.approvals.models import Decision, Request
from customers.models import Identifier

ROWS_AT_ONCE = 1_000
RELATED = ("maker", "store", "decision__actor")


def get_request(*, org_id: int, request_id: int) -> Request:
    """Return the request with its maker, store and checker.

    Raises:
        RequestUnknown: the organization has no such request.
    """
    rows = Request.objects.select_related("org", "other_customer", *RELATED)
    request = rows.filter(org_id=org_id, pk=request_id).first()
    if request is None:
        raise errors.RequestUnknown(request_id=request_id)
    return request


def list_decisions(*, request: Request) -> list[Decision]:
    """Return all decisions about the request, in order, including failed approvals. One query."""
    return list(Decision.objects.filter(request=request).select_related("actor").order_by("id"))


def list_customer_requests(*, org_id: int, customer_id: int, limit: int) -> list[Request]:
    """Return requests about the customer or naming them as the other customer, newest first."""
    rows = Request.objects.filter(org_id=org_id).select_related(*RELATED)
    involves_customer = Q(customer_id=customer_id) | Q(other_customer_id=customer_id)
    return list(rows.filter(involves_customer).order_by("-id")[:limit])


def list_identifier_values(*, org_id: int, customer_id: int, type: str) -> list[str]:
    """Return the customer's identifiers of a type, the oldest first."""
    rows = Identifier.objects.filter(org_id=org_id, customer_id=customer_id, type=type)
    return list(rows.order_by("pk").values_list("value", flat=True))


def iterate_requests(*, rows: QuerySet[Any]) -> Iterator[Any]:
    """Yield ``rows`` with maker and checker, newest first, loading a thousand at a time."""
    requests = rows.select_related(*RELATED).order_by("-pk")
    batch = list(requests[:ROWS_AT_ONCE])
    while batch:
        yield from batch
        batch = list(requests.filter(pk__lt=batch[-1].pk)[:ROWS_AT_ONCE])
