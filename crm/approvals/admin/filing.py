"""Asking for a change from a customer's page: a form, a refusal in words, one request."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from crm.adminkit.person import staff_of
from crm.adminkit.recording import origin_of
from crm.adminkit.request_words import refusal_in_words
from crm.approvals.admin.filing_forms import FORMS, AskForm
from crm.approvals.domain.filing import Filed, file_request
from crm.approvals.models import Request
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerMerged, CustomerUnknown
from customers.queries.lookup import LARGEST_ID, check_standing

EXPLANATION = "Nothing changes yet: somebody else looks at it and decides."


def file_for(desk: Any, request: HttpRequest, customer_id: int, kind: str) -> HttpResponseBase:
    """Show the form of this kind, or file what it says and show the customer again."""
    if not request.user.has_perm("approvals.file_request"):
        raise PermissionDenied
    if kind not in FORMS or customer_id > LARGEST_ID:
        raise Http404
    org_id, back = staff_of(request).org_id, _page(customer_id)
    try:
        check_standing(org_id=org_id, customer_id=customer_id)
    except CustomerMerged:
        desk.message_user(request, "This customer was merged into another one.", messages.WARNING)
        return redirect(back)
    except CustomerUnknown as refusal:
        raise Http404 from refusal
    form = FORMS[kind](org_id, customer_id, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            filed = unit_of_work(file_request)(origin=origin_of(request), ask=form.ask())
        except DomainError as refusal:
            place = form.places.get(refusal.code)
            form.add_error(place, refusal_in_words(refusal))
        else:
            _tell(desk, request, filed)
            return redirect(back)
    return _ask(desk, request, form, customer_id, back)


def _tell(desk: Any, request: HttpRequest, filed: Filed) -> None:
    asked = filed.request
    if filed.refusal is not None:
        words = f"Request {asked.pk} was filed, but not applied: {refusal_in_words(filed.refusal)}"
        desk.message_user(request, words, messages.WARNING)
    elif asked.is_open:
        desk.message_user(request, f"Request {asked.pk} was filed. Somebody else decides.")
    else:
        desk.message_user(request, f"Request {asked.pk} was filed, and approved by itself.")


def _ask(
    desk: Any, request: HttpRequest, form: AskForm, customer_id: int, back: str
) -> HttpResponseBase:
    label = str(Request.Kind(form.kind).label)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": label,
        "heading": f"Ask for: {label[0].lower()}{label[1:]}",
        "explanation": EXPLANATION,
        "facts": [("Customer", customer_id)],
        "form": form,
        "button": "File the request",
        "back_url": back,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/desk_form.html", context)


def _page(customer_id: int) -> str:
    return reverse("admin:customers_customer_change", args=[customer_id])
