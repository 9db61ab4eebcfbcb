"""The forms to adjust and to transfer points."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget

from crm.adminkit.idempotent_forms import IdempotentForm, reason_field
from crm.kernel.ids import LARGEST_ID


class AdjustForm(IdempotentForm):
    """A positive number adds points, a negative one deducts them."""

    points = forms.DecimalField(
        label=_("Points"),
        max_digits=13,
        decimal_places=3,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("Enter a negative number to deduct points."),
    )
    reason = reason_field(_("Reason for the adjustment"))

    def clean_points(self) -> Any:
        points = self.cleaned_data["points"]
        if points == 0:
            raise forms.ValidationError(gettext("Enter a number other than 0."))
        return points


class TransferForm(IdempotentForm):
    customer = forms.IntegerField(
        label=_("To customer"),
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("The ID of the receiving customer."),
    )
    points = forms.DecimalField(
        label=_("Points"),
        max_digits=13,
        decimal_places=3,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    reason = reason_field(_("Reason for the transfer"))
