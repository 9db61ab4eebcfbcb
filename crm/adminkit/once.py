"""Forms that count once, however often they are sent."""

from uuid import uuid4

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

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
