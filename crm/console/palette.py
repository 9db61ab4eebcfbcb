"""Customer results for the command palette."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from unfold.dataclasses import SearchResult

from crm.adminkit.current_staff import get_staff_user
from customers.queries.customers.lines import list_lines
from customers.queries.customers.search import find_customer_ids


def find_customers_for_palette(request: HttpRequest, text: str, limit: int) -> list[SearchResult]:
    """Find customers of the user's organization by the start of a name or an identifier."""
    if not request.user.has_perm("customers.view_customer"):
        return []
    org_id = get_staff_user(request).org_id
    ids = find_customer_ids(org_id=org_id, text=text, limit=limit)
    return [
        SearchResult(
            title=line.name or gettext("Customer {customer_id}").format(customer_id=line.id),
            description=" · ".join(filter(None, [gettext("Customer"), line.mobile, line.email])),
            link=reverse("admin:customers_customer_change", args=[line.id]),
            icon="person",
        )
        for line in list_lines(org_id=org_id, customer_ids=ids)
    ]
