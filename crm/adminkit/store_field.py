"""A form field for a store: its code or name is typed, or chosen from suggestions."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.suggestions import SuggestionInput
from crm.tenancy.models import OrgEntity
from crm.tenancy.queries.entities import find_store
from loyalty.queries.entities import list_stores

MAX_SUGGESTIONS = 500


class StoreField(forms.CharField):
    """Its value is the store, or None where it is not required and blank."""

    def __init__(self, org_id: int, **options: Any) -> None:
        self.org_id = org_id
        options.setdefault("label", _("Store"))
        options.setdefault("help_text", _("The code or the name of an active store."))
        stores = list_stores(org_id=org_id)[:MAX_SUGGESTIONS]
        suggestions = [(code, name) for _pk, code, name in stores]
        super().__init__(max_length=150, widget=SuggestionInput(suggestions), **options)

    def clean(self, value: Any) -> OrgEntity | None:
        """Return the store. A name that no active store has is refused."""
        text = super().clean(value)
        if not text:
            return None
        store = find_store(org_id=self.org_id, name=text)
        if store is None:
            raise forms.ValidationError(gettext("There is no active store with this code or name."))
        return store
