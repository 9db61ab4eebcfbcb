"""The forms to adjust and to transfer points."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget

from crm.adminkit.idempotent_forms import IdempotentForm, reason_field
from crm.kernel.ids import LARGEST_ID


class AdjustForm(IdempotentForm):
    """A positive number adds points, a negative one deducts them."""

    points = forms.DecimalField(
        max_digits=13,
        decimal_places=3,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="Enter a negative number to deduct points.",
    )
    reason = reason_field("Reason for the adjustment")

    def clean_points(self) -> Any:
        points = self.cleaned_data["points"]
        if points == 0:
            raise forms.ValidationError("Enter a number other than 0.")
        return points


class TransferForm(IdempotentForm):
    customer = forms.IntegerField(
        label="To customer",
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="The ID of the receiving customer.",
    )
    points = forms.DecimalField(
        max_digits=13, decimal_places=3, min_value=0, widget=UnfoldAdminDecimalFieldWidget
    )
    reason = reason_field("Reason for the transfer")
