"""The desk of custom and extended fields, with options and translations."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.org_scope import ConfigurationDesk, OrgInline, OrgModelForm
from customers.models import FieldDefinition, FieldOption, FieldTranslation
from customers.queries.fields import forget_field_rules


class FieldForm(OrgModelForm):
    """Limits the parent to other fields of the same scope."""

    def clean_parent(self) -> FieldDefinition | None:
        parent: FieldDefinition | None = self.cleaned_data["parent"]
        if parent is None:
            return None
        if parent.pk == self.instance.pk or parent.parent_id is not None:
            raise forms.ValidationError(gettext("Choose a field that has no parent."))
        return parent


class OptionInline(OrgInline):
    model = FieldOption
    fields = ["value", "position"]
    ordering = ["position", "id"]
    verbose_name = _("value")
    verbose_name_plural = _("values of a list")


class TranslationInline(OrgInline):
    model = FieldTranslation
    fields = ["language", "value", "text"]
    ordering = ["language", "value", "id"]


@admin.register(FieldDefinition)
class FieldDesk(ConfigurationDesk):
    form = FieldForm
    list_display = ["name", "label", "kind", "scope", "data_type", "is_active"]
    list_filter = ["kind", "scope", "data_type", "is_active"]
    search_fields = ["name", "label"]
    ordering = ["kind", "scope", "name", "id"]
    fields = [
        "kind",
        "scope",
        "name",
        "label",
        "data_type",
        "max_length",
        "is_mandatory",
        "parent",
        "is_active",
    ]
    # Stored values use the name and were validated against the type.
    readonly_after_creation = ("kind", "scope", "name", "data_type")
    inlines = [OptionInline, TranslationInline]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        now = timezone.now()
        obj.created_at, obj.modified_at = obj.created_at or now, now
        super().save_model(request, obj, form, change)
        forget_field_rules(obj.org_id)
