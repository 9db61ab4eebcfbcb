"""Admin of payment modes: the means of payment that tills may name."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext

from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from loyalty.models import PaymentMode
from loyalty.queries.transactions.settings import forget_payment_modes, has_payment_mode


class PaymentModeForm(OrgModelForm):
    """Refuses a name that tills could not tell from another one."""

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name:
            raise forms.ValidationError(gettext("Enter a name."))
        if has_payment_mode(org_id=self.org_id, name=name, other_than=self.instance.pk):
            raise forms.ValidationError(gettext("There is a payment mode of this name already."))
        return name


@admin.register(PaymentMode)
class PaymentModeDesk(ConfigurationDesk):
    form = PaymentModeForm
    list_display = ["name", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["name", "id"]
    fields = ["name", "is_active"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        forget_payment_modes(obj.org_id)
