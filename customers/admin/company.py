"""The desk of companies."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from crm.adminkit.org_scope import ConfigurationDesk
from customers.models import Company


@admin.register(Company)
class CompanyDesk(ConfigurationDesk):
    list_display = ["external_id", "name", "is_active", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["external_id", "name"]
    ordering = ["external_id", "id"]
    fields = ["external_id", "name", "is_active"]
    # Integrations identify the company by it.
    readonly_after_creation = ("external_id",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.created_at = obj.created_at or timezone.now()
        super().save_model(request, obj, form, change)
