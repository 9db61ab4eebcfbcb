"""The forms to issue and to revoke a coupon."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from crm.adminkit.idempotent_forms import IdempotentForm, reason_field
from crm.kernel.ids import LARGEST_ID


class IssueForm(IdempotentForm):
    customer = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("The ID of the customer."),
    )
    series = forms.TypedChoiceField(coerce=int, widget=UnfoldAdminSelectWidget)
    reason = reason_field(_("Reason for the coupon"))

    def __init__(
        self, series: Sequence[tuple[int, str]], customer: int | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].initial = customer
        # No default: coupons are worth money.
        choices = [("", gettext("Select a series")), *((str(pk), name) for pk, name in series)]
        self.fields["series"].choices = choices  # type: ignore[attr-defined]


class RevokeForm(forms.Form):
    reason = reason_field(_("Reason for revoking"))
