"""What staff fill in to move points by hand."""

from typing import Any
from uuid import uuid4

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from customers.queries.lookup import LARGEST_ID

SENT_TWICE = "This form was sent twice; what it asks for was done the first time only."
STALE = "This page is out of date; open it again."


def reason_field(placeholder: str) -> forms.CharField:
    return forms.CharField(
        max_length=255, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": placeholder})
    )


class OnceForm(forms.Form):
    """A form with a key of its own: sent twice, what it asks for is done once."""

    once = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages={"invalid": STALE, "required": STALE},
    )

    def reference(self) -> str:
        """The key under which the operation knows what it did for this form."""
        return f"desk:{self.cleaned_data['once']}"


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
