"""A form field for a store: its code or name is typed, or chosen from suggestions."""

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from crm.tenancy.models import OrgEntity
from crm.tenancy.queries.entities import find_store
from loyalty.queries.entities import list_stores

MAX_SUGGESTIONS = 500


class _SuggestingInput(UnfoldAdminTextInputWidget):
    """A text input with the suggestions of the browser."""

    suggestions: list[tuple[str, str]]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        list_id = f"{name}-suggestions"
        attributes = {**(attrs or {}), "list": list_id, "autocomplete": "off"}
        return format_html(
            '{}<datalist id="{}">{}</datalist>',
            super().render(name, value, attributes, renderer),
            list_id,
            format_html_join("", '<option value="{}">{}</option>', self.suggestions),
        )


class StoreField(forms.CharField):
    """Its value is the store, or None where it is not required and blank."""

    def __init__(self, org_id: int, **options: Any) -> None:
        self.org_id = org_id
        options.setdefault("label", _("Store"))
        options.setdefault("help_text", _("The code or the name of an active store."))
        widget = _SuggestingInput()
        widget.suggestions = [
            (code, name) for _pk, code, name in list_stores(org_id=org_id)[:MAX_SUGGESTIONS]
        ]
        super().__init__(max_length=150, widget=widget, **options)

    def clean(self, value: Any) -> OrgEntity | None:
        """Return the store. A name that no active store has is refused."""
        text = super().clean(value)
        if not text:
            return None
        store = find_store(org_id=self.org_id, name=text)
        if store is None:
            raise forms.ValidationError(gettext("There is no active store with this code or name."))
        return store
