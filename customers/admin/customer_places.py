"""Where a customer stands among others, on the customer's page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from customers.queries.families import Neighbour, list_places

MOST_CHILDREN = 20


def places_of(request: HttpRequest, *, customer_id: int) -> list[dict[str, Any]]:
    """Each hierarchy with role, parent, children and company, as the page shows it."""
    sees_companies = request.user.has_perm("customers.view_company")
    return [
        {
            "hierarchy": place.hierarchy or "Company",
            "role": place.role,
            "company": place.company,
            "company_url": (
                reverse("admin:customers_company_change", args=[place.company_id])
                if place.company_id and sees_companies
                else ""
            ),
            "parent": _shown(place.parent) if place.parent else None,
            "children": [_shown(child) for child in place.children],
            "children_count": place.children_count,
            "more_children": place.children_count - len(place.children),
        }
        for place in list_places(customer_id=customer_id, most_children=MOST_CHILDREN)
    ]


def _shown(neighbour: Neighbour) -> dict[str, Any]:
    return {
        "name": neighbour.name or f"Customer {neighbour.customer_id}",
        "role": neighbour.role,
        "url": reverse("admin:customers_customer_change", args=[neighbour.customer_id]),
    }
