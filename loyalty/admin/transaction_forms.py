"""The forms to return goods of a transaction, and to reverse a redemption."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from crm.adminkit.idempotent_forms import STALE, reason_field
from loyalty.rules.amounts import THOUSANDTH


class AsSeenForm(forms.Form):
    """A form that names what had come back when its page was opened."""

    shown = forms.DecimalField(
        widget=forms.HiddenInput,
        max_digits=15,
        decimal_places=3,
        error_messages={"invalid": STALE, "required": STALE},
    )

    def __init__(self, shown: Decimal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shown"].initial = shown


class ReturnForm(AsSeenForm):
    what = forms.ChoiceField(
        label=_("What comes back"),
        choices=[("FULL", _("Everything that is left")), ("AMOUNT", _("An amount"))],
        widget=UnfoldAdminSelectWidget,
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        max_digits=15,
        decimal_places=3,
        min_value=THOUSANDTH,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("For an amount only."),
    )
    reason = reason_field(_("Reason for the return"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_amount = cleaned.get("what") == "AMOUNT"
        if is_amount and cleaned.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", gettext("Enter the amount that comes back."))
        if not is_amount and cleaned.get("amount") is not None:
            self.add_error("amount", gettext("Leave it empty, or choose an amount."))
        return cleaned


class ReversalForm(AsSeenForm):
    points = forms.DecimalField(
        label=_("Points"),
        max_digits=13,
        decimal_places=3,
        min_value=THOUSANDTH,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    reason = reason_field(_("Reason for the reversal"))

    def __init__(self, left: Decimal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].initial = f"{left.normalize():f}"
