"""The place of one customer in a hierarchy, in words."""

from typing import Any

from customers.models import Association

# The codes of the role and the company, and the parent's customer.
PlaceValues = dict[str, Any]


def find_place(*, customer_id: int, hierarchy: str) -> PlaceValues | None:
    """Return role, parent and company of the customer in the hierarchy of this code; one query."""
    place = (
        Association.objects.filter(customer_id=customer_id, hierarchy__code__iexact=hierarchy)
        .values_list("role__code", "parent__customer_id", "company__external_id")
        .first()
    )
    return None if place is None else dict(zip(("role", "parent", "company"), place, strict=True))
