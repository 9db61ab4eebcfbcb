"""Admin of partner programs, to which enrollments can be linked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models.fields.related import RelatedField
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext

from crm.adminkit.org_scope import ConfigurationDesk, OrgInline, OrgModelForm
from loyalty.models import PartnerProgram, PartnerTier


class PartnerProgramForm(OrgModelForm):
    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise forms.ValidationError(gettext("Enter a name."))
        return name


class PartnerTierFormSet(BaseInlineFormSet):
    """Requires tiers numbered from 1 if the program is tier-based, and no tiers otherwise."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        serials = sorted(form.cleaned_data["serial"] for form in self.forms if form.cleaned_data)
        if serials != list(range(1, len(serials) + 1)):
            raise forms.ValidationError(gettext("Number the tiers 1, 2, 3 and so on."))
        if serials and not self.instance.is_tier_based:
            raise forms.ValidationError(gettext("Mark the program as tier-based first."))
        if not serials and self.instance.is_tier_based:
            raise forms.ValidationError(
                gettext("A tier-based program must have at least one tier.")
            )


class PartnerTierInline(OrgInline):
    model = PartnerTier
    formset = PartnerTierFormSet
    fields = ["serial", "name"]
    ordering = ["serial"]
    # Memberships refer to tiers.
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
    # Its memberships belong to enrollments in that program.
    readonly_after_creation = ("program",)
    inlines = [PartnerTierInline]

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> Any:
        rows = super().get_field_queryset(db, db_field, request)
        return rows.filter(is_active=True) if db_field.name == "program" else rows
