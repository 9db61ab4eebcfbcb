"""The desk of partners' programs, which memberships of ours are linked to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models.fields.related import RelatedField
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from crm.adminkit.scoping import ConfigurationDesk, OrgInline, OrgModelForm
from loyalty.models import PartnerProgram, PartnerTier


class PartnerProgramForm(OrgModelForm):
    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise forms.ValidationError("A program has a name.")
        return name


class PartnerLadder(BaseInlineFormSet):
    """Tiers numbered from the lowest; there are some exactly where the program has tiers."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        steps = sorted(form.cleaned_data["serial"] for form in self.forms if form.cleaned_data)
        if steps != list(range(1, len(steps) + 1)):
            raise forms.ValidationError("Tiers are numbered 1, 2, 3 and so on.")
        if steps and not self.instance.is_tier_based:
            raise forms.ValidationError("A program without tiers has none. Say that it has tiers.")
        if not steps and self.instance.is_tier_based:
            raise forms.ValidationError("A program with tiers has at least one.")


class PartnerTiers(OrgInline):
    model = PartnerTier
    formset = PartnerLadder
    fields = ["serial", "name"]
    ordering = ["serial"]
    # Members stand on them.
    can_delete = False


@admin.register(PartnerProgram)
class PartnerProgramDesk(ConfigurationDesk):
    form = PartnerProgramForm
    list_display = ["name", "program", "type", "is_tier_based", "is_active"]
    list_filter = ["type", "is_active"]
    list_select_related = ["program"]
    search_fields = ["name"]
    ordering = ["name", "id"]
    fields = ["program", "name", "description", "type", "is_tier_based", "is_active"]
    # Its members are members of that program.
    fixed_once_made = ("program",)
    inlines = [PartnerTiers]

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> Any:
        rows = super().get_field_queryset(db, db_field, request)
        return rows.filter(is_active=True) if db_field.name == "program" else rows
