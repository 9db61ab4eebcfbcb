"""One-time codes on the pages of staff: the customer tells the code that was sent to them."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.translated_texts import translate_refusal
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from customers.operations.one_time_codes import send_one_time_code, try_one_time_code
from customers.queries.one_time_codes import list_code_addresses, list_code_targets
from customers.rules.one_time_codes import CodeTarget

SEND = "send_code"  # the name of the button
ERROR_FIELDS = {
    "loyalty.code_required": "code",
    "customers.code_invalid": "code",
    "customers.code_expired": "code",
}


def code_field() -> forms.CharField:
    return forms.CharField(
        label=_("Code of the customer"),
        required=False,
        max_length=20,
        help_text=_("Six digits that were sent to the customer."),
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )


def send_code(desk: Any, request: HttpRequest, *, customer_id: int, action: str) -> None:
    """Send a code to the customer's mobile or email, and say so or why not."""
    origin = get_origin(request)
    try:
        unit_of_work(send_one_time_code)(
            origin=origin,
            target=CodeTarget("CUSTOMER", str(customer_id), action),
            channels=list_code_addresses(org_id=origin.org.pk, customer_id=customer_id),
        )
    except DomainError as refusal:
        desk.message_user(request, translate_refusal(refusal), "WARNING")
    else:
        desk.message_user(request, gettext("A code was sent to the customer."))


def check_code(request: HttpRequest, form: forms.Form, *, customer_id: int, action: str) -> None:
    """Add an error to the form if its code is not good; a wrong one counts, whatever happens."""
    code = form.cleaned_data.get("code", "").strip()
    if not code:
        return
    origin = get_origin(request)
    targets = list_code_targets(org_id=origin.org.pk, customer_id=customer_id, action=action)
    refusal = unit_of_work(try_one_time_code)(origin=origin, targets=targets, code=code)
    if refusal is not None:
        form.add_error("code", translate_refusal(refusal))
