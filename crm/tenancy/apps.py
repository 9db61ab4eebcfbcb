"""Organizations, their entities (stores, tills, staff) and credentials."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "crm.tenancy"
    label = "tenancy"
    verbose_name = "Organization"
