"""Reading single requests, and those that a customer has to do with."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from crm.approvals import errors
from crm.approvals.models import Decision, Request
from customers.models import Identifier

ROWS_AT_ONCE = 1_000
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
    rows = Request.objects.filter(org_id=org_id).select_related(*TOLD)
    either = Q(customer_id=customer_id) | Q(other_customer_id=customer_id)
    return list(rows.filter(either).order_by("-id")[:limit])


def held_values(*, org_id: int, customer_id: int, type: str) -> list[str]:
    """The identifiers of a type that the customer has, the one registered first in front."""
    rows = Identifier.objects.filter(org_id=org_id, customer_id=customer_id, type=type)
    return list(rows.order_by("pk").values_list("value", flat=True))


def each_request(*, rows: QuerySet[Any]) -> Iterator[Any]:
    """Those of ``rows`` with who filed and decided them, the newest first, a thousand at a time."""
    told = rows.select_related(*TOLD).order_by("-pk")
    batch = list(told[:ROWS_AT_ONCE])
    while batch:
        yield from batch
        batch = list(told.filter(pk__lt=batch[-1].pk)[:ROWS_AT_ONCE])
