"""The current member of staff, and links to customers."""

from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from crm.tenancy.models import StaffUser


def get_staff_user(request: HttpRequest) -> StaffUser:
    """Return the current member of staff. The admin site admits no other users."""
    return cast(StaffUser, request.user)


def link_to_customer(customer_id: int | None) -> str | None:
    """Return a link to the customer's page, or None."""
    if customer_id is None:
        return None
    url = reverse("admin:customers_customer_change", args=[customer_id])
    return format_html(
        '<a class="console-row-link" href="{}">{}</a>',
        url,
        gettext("Customer {customer_id}").format(customer_id=customer_id),
    )
