"""File a request from a customer's page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_noop

from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.translated_texts import translate_refusal
from crm.approvals.admin.request_forms import FORMS, RequestForm
from crm.approvals.domain.new_requests import FilingResult, file_request
from crm.approvals.models import Request
from crm.approvals.rules.request_types import AUTO_APPROVAL
from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import unit_of_work
from crm.tenancy.queries.settings import get_settings
from customers.errors import CustomerMerged, CustomerUnknown
from customers.queries.customers.active import check_active_customer

EXPLANATION = gettext_noop("Nothing changes until another person approves the request.")
APPROVED_AT_ONCE = gettext_noop("The organization approves such requests at once: it changes now.")


def file_from_customer_page(
    desk: Any, request: HttpRequest, customer_id: int, kind: str
) -> HttpResponseBase:
    """Show the form of this kind, or file the request and redirect to the customer."""
    if not request.user.has_perm("approvals.file_request"):
        raise PermissionDenied
    if kind not in FORMS or customer_id > LARGEST_ID:
        raise Http404
    org_id, back = get_staff_user(request).org_id, _get_customer_url(customer_id)
    try:
        check_active_customer(org_id=org_id, customer_id=customer_id)
    except CustomerMerged:
        desk.message_user(
            request, gettext("This customer is merged into another customer."), messages.WARNING
        )
        return redirect(back)
    except CustomerUnknown as refusal:
        raise Http404 from refusal
    form = FORMS[kind](org_id, customer_id, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            result = unit_of_work(file_request)(
                origin=get_origin(request), new_request=form.build_new_request()
            )
        except DomainError as refusal:
            field = form.error_fields.get(refusal.code)
            form.add_error(field, translate_refusal(refusal))
        else:
            _report_result(desk, request, result)
            return redirect(back)
    return _render_form(desk, request, form, customer_id, back)


def _report_result(desk: Any, request: HttpRequest, result: FilingResult) -> None:
    change_request = result.request
    if result.refusal is not None:
        reason = translate_refusal(result.refusal)
        message = gettext("Request {id} was filed, but not applied: {reason}").format(
            id=change_request.pk, reason=reason
        )
        desk.message_user(request, message, messages.WARNING)
    elif change_request.is_open:
        desk.message_user(
            request,
            gettext("Request {id} was filed. Another person must decide it.").format(
                id=change_request.pk
            ),
        )
    else:
        desk.message_user(
            request,
            gettext("Request {id} was filed and approved automatically.").format(
                id=change_request.pk
            ),
        )


def _lower_first(label: str) -> str:
    """Return the label as it stands in a sentence; German nouns keep their capital."""
    return label if get_language() == "de" else f"{label[:1].lower()}{label[1:]}"


def _render_form(
    desk: Any, request: HttpRequest, form: RequestForm, customer_id: int, back: str
) -> HttpResponseBase:
    label = str(Request.Kind(form.kind).label)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": label,
        "heading": gettext("New request: {kind}").format(kind=_lower_first(label)),
        "explanation": gettext(
            APPROVED_AT_ONCE if _is_approved_at_once(request, form) else EXPLANATION
        ),
        "facts": [(gettext("Customer"), customer_id)],
        "form": form,
        "button": gettext("File request"),
        "back_url": back,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/desk_form.html", context)


def _is_approved_at_once(request: HttpRequest, form: RequestForm) -> bool:
    setting = AUTO_APPROVAL.get(form.kind)
    return setting is not None and get_settings(get_staff_user(request).org_id).is_on(setting)


def _get_customer_url(customer_id: int) -> str:
    return reverse("admin:customers_customer_change", args=[customer_id])
