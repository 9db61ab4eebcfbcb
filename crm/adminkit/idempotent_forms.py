"""Forms that take effect once, even if they are submitted twice."""

from uuid import uuid4

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

SENT_TWICE = "This form was sent twice; what it asks for was done the first time only."
STALE = "This page is out of date. Reload it."


def reason_field(placeholder: str) -> forms.CharField:
    return forms.CharField(
        max_length=255, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": placeholder})
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
