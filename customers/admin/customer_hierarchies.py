"""The hierarchies section of a customer's page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from customers.queries.hierarchies.families import Neighbour, list_places

MAX_CHILDREN = 20


def build_hierarchy_rows(request: HttpRequest, *, customer_id: int) -> list[dict[str, Any]]:
    """Return each hierarchy with the customer's role, parent, children and company."""
    may_view_companies = request.user.has_perm("customers.view_company")
    return [
        {
            "hierarchy": position.hierarchy or gettext("Company"),
            "role": position.role,
            "company": position.company,
            "company_url": (
                reverse("admin:customers_company_change", args=[position.company_id])
                if position.company_id and may_view_companies
                else ""
            ),
            "parent": _build_neighbour_row(position.parent) if position.parent else None,
            "children": [_build_neighbour_row(child) for child in position.children],
            "children_count": position.children_count,
            "more_children": position.children_count - len(position.children),
        }
        for position in list_places(customer_id=customer_id, max_children=MAX_CHILDREN)
    ]


def _build_neighbour_row(neighbour: Neighbour) -> dict[str, Any]:
    return {
        "name": neighbour.name
        or gettext("Customer {customer_id}").format(customer_id=neighbour.customer_id),
        "role": neighbour.role,
        "url": reverse("admin:customers_customer_change", args=[neighbour.customer_id]),
    }
