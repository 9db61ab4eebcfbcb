"""What staff fill in to issue a coupon, and to take one back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from crm.adminkit.once import OnceForm, reason_field
from customers.queries.lookup import LARGEST_ID


class IssueForm(OnceForm):
    customer = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="The number of the customer who gets it.",
    )
    series = forms.TypedChoiceField(coerce=int, widget=UnfoldAdminSelectWidget)
    reason = reason_field("Why it is issued")

    def __init__(
        self, series: Sequence[tuple[int, str]], customer: int | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].initial = customer
        # None is chosen already: coupons are money.
        choices = [("", "Choose one"), *((str(pk), name) for pk, name in series)]
        self.fields["series"].choices = choices  # type: ignore[attr-defined]


class RevokeForm(forms.Form):
    reason = reason_field("Why it is taken back")
