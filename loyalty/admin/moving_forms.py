"""What staff fill in to move points by hand."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget

from crm.adminkit.once import OnceForm, reason_field
from customers.queries.lookup import LARGEST_ID


class AdjustForm(OnceForm):
    """Points with a sign."""

    points = forms.DecimalField(
        max_digits=13,
        decimal_places=3,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="With a minus, points are taken away.",
    )
    reason = reason_field("Why they are given or taken")

    def clean_points(self) -> Any:
        points = self.cleaned_data["points"]
        if points == 0:
            raise forms.ValidationError("Give a number other than 0.")
        return points


class TransferForm(OnceForm):
    customer = forms.IntegerField(
        label="To customer",
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="The number of the customer who gets them.",
    )
    points = forms.DecimalField(
        max_digits=13, decimal_places=3, min_value=0, widget=UnfoldAdminDecimalFieldWidget
    )
    reason = reason_field("Why they are moved")
