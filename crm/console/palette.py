"""What the command palette finds beyond the pages of the site."""

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from crm.adminkit.person import staff_of
from customers.queries.listing import list_lines
from customers.queries.search import find_customer_ids


def find_customers_for_palette(request: HttpRequest, text: str, limit: int) -> list[SearchResult]:
    """Customers of one's own organization by the beginning of a name or an identifier."""
    if not request.user.has_perm("customers.view_customer"):
        return []
    org_id = staff_of(request).org_id
    ids = find_customer_ids(org_id=org_id, text=text, limit=limit)
    return [
        SearchResult(
            title=line.name or f"Customer {line.id}",
            description=" · ".join(filter(None, ["Customer", line.mobile, line.email])),
            link=reverse("admin:customers_customer_change", args=[line.id]),
            icon="person",
        )
        for line in list_lines(org_id=org_id, customer_ids=ids)
    ]
