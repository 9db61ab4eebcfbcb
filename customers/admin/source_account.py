"""The desk of source accounts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from crm.adminkit.org_scope import ConfigurationDesk
from customers.models import SourceAccount
from customers.queries.source_accounts import forget_source_accounts


@admin.register(SourceAccount)
class SourceAccountDesk(ConfigurationDesk):
    list_display = ["__str__", "source", "account_id", "name", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["account_id", "name"]
    ordering = ["source", "account_id", "id"]
    fields = ["source", "account_id", "name", "is_active"]
    # Profiles and integrations identify the account by these.
    readonly_after_creation = ("source", "account_id")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        forget_source_accounts(obj.org_id)
