"""Who is at the page, and the way to whom a row is about."""

from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from crm.tenancy.models import StaffUser
from customers.queries.lookup import LARGEST_ID


def staff_of(request: HttpRequest) -> StaffUser:
    """The member of staff; the site lets nobody else in to any of its pages."""
    return cast(StaffUser, request.user)


def link_to_customer(customer_id: int | None) -> str | None:
    """The way from a row to the page of the customer it is about."""
    if customer_id is None:
        return None
    url = reverse("admin:customers_customer_change", args=[customer_id])
    return format_html(
        '<a class="console-row-link" href="{}">Customer {}</a>', url, str(customer_id)
    )


def known_customer(given: str) -> int | None:
    """The customer whose page led here; None where the address names nobody."""
    if not (given.isascii() and given.isdecimal()) or len(given) > 19:
        return None
    return int(given) if 0 < int(given) <= LARGEST_ID else None
