"""The forms to issue and to revoke a coupon, and to take a redemption back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from crm.adminkit.idempotent_forms import IdempotentForm, reason_field
from crm.kernel.ids import LARGEST_ID
from loyalty.models import CouponRedemption


class IssueForm(IdempotentForm):
    customer = forms.IntegerField(
        label=_("Customer"),
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("The ID of the customer."),
    )
    series = forms.TypedChoiceField(label=_("Series"), coerce=int, widget=UnfoldAdminSelectWidget)
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


class ReactivateForm(forms.Form):
    redemption = forms.TypedChoiceField(
        coerce=int, label=_("redemption"), widget=UnfoldAdminSelectWidget
    )
    reason = reason_field(_("Reason for taking the redemption back"))

    def __init__(self, redemptions: Sequence[CouponRedemption], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(row.pk), _describe_redemption(row)) for row in redemptions]
        self.fields["redemption"].choices = choices  # type: ignore[attr-defined]


def _describe_redemption(row: CouponRedemption) -> str:
    parts = [
        date_format(localtime(row.redeemed_at), "SHORT_DATETIME_FORMAT"),
        gettext("customer {customer}").format(customer=row.customer_id),
        row.redeemed_in.name if row.redeemed_in else "",
        row.transaction_number,
    ]
    return ", ".join(part for part in parts if part)
