"""Forms that take effect once, even if they are submitted twice."""

from typing import TYPE_CHECKING
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SENT_TWICE = _("This form was sent twice; what it asks for was done the first time only.")
STALE = _("This page is out of date. Reload it.")


def reason_field(placeholder: "StrOrPromise") -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": placeholder}),
    )


class IdempotentForm(forms.Form):
    """A form with a unique key. If it is submitted twice, it takes effect once."""

    once = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages={"invalid": STALE, "required": STALE},
    )

    def reference(self) -> str:
        """Return the reference under which the operation records this form."""
        return f"desk:{self.cleaned_data['once']}"


class ReceiptForm(IdempotentForm):
    """An idempotent form for an operation without a reference: the form itself leaves a receipt.

    ``crm.adminkit.action_pages`` writes the receipt in the same unit of work.
    """
