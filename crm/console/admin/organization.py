"""The desk of one's own organization: its settings."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from phonenumbers import SUPPORTED_REGIONS

from crm.adminkit.person import staff_of
from crm.adminkit.scoping import ConfigurationDesk, OrgModelForm
from crm.tenancy.models import Organization


class OrganizationForm(OrgModelForm):
    """Countries are those whose numbers can be read."""

    def clean_default_country(self) -> str:
        country: str = self.cleaned_data["default_country"].strip().upper()
        if country not in SUPPORTED_REGIONS:
            raise forms.ValidationError("Two letters of a country, such as IN")
        return country


@admin.register(Organization)
class OrganizationDesk(ConfigurationDesk):
    form = OrganizationForm
    list_display = ["name", "code", "time_zone", "default_country"]
    readonly_fields = ["code"]
    fields = [
        "name",
        "code",
        "time_zone",
        "default_country",
        "strict_mobile",
        "primary_identifier",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # A list of one is a detour.
        return redirect("admin:tenancy_organization_change", staff_of(request).org_id)
