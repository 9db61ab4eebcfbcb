"""Change a customer's status label from their page."""

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
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.translated_texts import translate_refusal
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.operations.status_labels import label_customer
from customers.queries.status_labels import list_labels


class LabelForm(forms.Form):
    label = forms.ChoiceField(label=_("New status"), widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": _("Reason for the change")}),
    )

    def __init__(self, org_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active_labels = [row for row in list_labels(org_id=org_id) if row.is_active]
        self.fields["label"].choices = [(row.label, row.label) for row in active_labels]  # type: ignore[attr-defined]


def may_label(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("customers.label_customer"))


def change_status_label(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Change the label, then redirect to the customer's page with a message."""
    if not may_label(request):
        raise PermissionDenied
    response: HttpResponseRedirect = redirect("admin:customers_customer_change", customer_id)
    if request.method != "POST":
        return response
    form = LabelForm(get_staff_user(request).org_id, request.POST)
    if not form.is_valid():
        for name, problems in form.errors.items():
            desk.message_user(
                request, f"{form[name].label}: {' '.join(map(str, problems))}", messages.ERROR
            )
        return response
    try:
        unit_of_work(label_customer)(
            origin=get_origin(request), customer_id=customer_id, **form.cleaned_data
        )
    except errors.CustomerUnknown as refusal:
        raise Http404 from refusal
    except DomainError as refusal:
        desk.message_user(request, translate_refusal(refusal), messages.ERROR)
    else:
        desk.message_user(
            request, gettext("The status is now {label}.").format(label=form.cleaned_data["label"])
        )
    return response
