"""The desk of rate limits."""

from django.contrib import admin

from crm.adminkit.org_scope import OrgRelatedFilter, OrgScopedAdmin
from crm.tenancy.models import RateLimit


@admin.register(RateLimit)
class RateLimitDesk(OrgScopedAdmin):
    """Lines that nothing points at: these may go again, after a question."""

    list_display = ["operation", "credential", "calls_per_hour"]
    list_filter = [("credential", OrgRelatedFilter)]
    list_select_related = ["credential"]
    search_fields = ["operation"]
    ordering = ["operation", "id"]
    fields = ["operation", "credential", "calls_per_hour"]
