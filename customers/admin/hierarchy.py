"""The desk of hierarchies with their roles."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.org_scope import ConfigurationDesk, OrgInline
from customers.models import Hierarchy, HierarchyRole
from customers.queries.hierarchies.hierarchies import forget_hierarchies


class RoleForm(forms.ModelForm):
    """Customers' positions use code and level, so both are fixed once a role exists."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            for name in ("code", "level"):
                self.fields[name].disabled = True


class RoleFormSet(BaseInlineFormSet):
    """Requires at least one role, and unique codes, ignoring case."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        codes = [form.cleaned_data["code"].casefold() for form in self.forms if form.cleaned_data]
        if not codes:
            raise forms.ValidationError(gettext("Add at least one role."))
        if len(set(codes)) < len(codes):
            raise forms.ValidationError(gettext("Role codes must be unique."))


class RoleInline(OrgInline):
    model = HierarchyRole
    form = RoleForm
    formset = RoleFormSet
    fields = ["code", "name", "level"]
    ordering = ["level", "id"]
    can_delete = False
    verbose_name_plural = _("roles (highest first)")


@admin.register(Hierarchy)
class HierarchyDesk(ConfigurationDesk):
    list_display = ["code", "name", "skip_level_allowed", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["code", "name"]
    ordering = ["code", "id"]
    fields = ["code", "name", "skip_level_allowed", "is_active"]
    # Integrations identify the hierarchy by it.
    readonly_after_creation = ("code",)
    inlines = [RoleInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        forget_hierarchies(form.instance.org_id)
