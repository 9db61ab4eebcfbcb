"""Mark a customer as fraud from their page, or clear the mark."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.translated_texts import translate_refusal
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.models import Customer
from customers.operations.customers.fraud import mark_fraud
from customers.rules.fraud import FraudMark


class FraudForm(forms.Form):
    fraud_status = forms.ChoiceField(
        label=_("Fraud status"),
        choices=Customer.FraudStatus.choices,
        widget=UnfoldAdminSelectWidget,
    )
    fraud_reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": _("Reason for the change")}),
    )


def may_mark_fraud(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("customers.mark_fraud"))


def change_fraud_status(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Change the fraud status, then redirect to the customer's page with a message."""
    if not may_mark_fraud(request):
        raise PermissionDenied
    response: HttpResponseRedirect = redirect("admin:customers_customer_change", customer_id)
    if request.method != "POST":
        return response
    form = FraudForm(request.POST)
    if not form.is_valid():
        for name, problems in form.errors.items():
            desk.message_user(
                request, f"{form[name].label}: {' '.join(map(str, problems))}", messages.ERROR
            )
        return response
    mark = FraudMark(form.cleaned_data["fraud_status"], form.cleaned_data["fraud_reason"])
    try:
        unit_of_work(mark_fraud)(origin=get_origin(request), customer_id=customer_id, mark=mark)
    except errors.CustomerUnknown as refusal:
        raise Http404 from refusal
    except DomainError as refusal:
        desk.message_user(request, translate_refusal(refusal), messages.ERROR)
    else:
        desk.message_user(request, gettext("The fraud status was changed."))
    return response
