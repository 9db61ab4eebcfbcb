"""What the pages share on which staff act for one customer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from crm.adminkit.current_staff import get_staff_user
from customers.errors import CustomerMerged, CustomerUnknown
from customers.queries.customers.active import check_active_customer
from customers.queries.customers.headings import list_headings


def refuse_action(
    desk: Any, request: HttpRequest, customer_id: int, permission: str
) -> HttpResponseBase | None:
    """Return None if the user may do this for the customer, or the redirect of a merged one.

    Without the permission the answer is 403, for a customer of another organization 404.
    """
    user = get_staff_user(request)
    if not (user.has_perm(permission) and user.has_perm("customers.view_customer")):
        raise PermissionDenied
    try:
        check_active_customer(org_id=user.org_id, customer_id=customer_id)
    except CustomerMerged as refusal:
        survivor_id = refusal.facts["survivor_id"]
        message = gettext("This customer is merged into customer {customer_id}.").format(
            customer_id=survivor_id
        )
        desk.message_user(request, message, messages.WARNING)
        return redirect("admin:customers_customer_change", survivor_id)
    except CustomerUnknown as refusal:
        raise Http404 from refusal
    return None


def describe_customer(request: HttpRequest, customer_id: int) -> str:
    """Return the name and the id of the customer; two queries."""
    headings = list_headings(org_id=get_staff_user(request).org_id, customer_ids=[customer_id])
    heading = headings.get(customer_id)
    name = f"{heading.first_name} {heading.last_name}".strip() if heading else ""
    return f"{name or gettext('(no name)')} · {customer_id}"


def get_customer_url(customer_id: int) -> str:
    return reverse("admin:customers_customer_change", args=[customer_id])
