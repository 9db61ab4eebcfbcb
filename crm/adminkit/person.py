"""Who is at the page, and the way to whom a row is about."""

from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from crm.tenancy.models import StaffUser


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
