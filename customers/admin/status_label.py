"""The desk of status labels."""

from django.contrib import admin

from crm.adminkit.org_scope import ConfigurationDesk
from customers.models import StatusLabel


@admin.register(StatusLabel)
class StatusLabelDesk(ConfigurationDesk):
    list_display = ["label", "status", "is_default", "is_active"]
    list_filter = ["status", "is_active"]
    search_fields = ["label"]
    ordering = ["label", "id"]
    fields = ["label", "status", "is_default", "is_active"]
