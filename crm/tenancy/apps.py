"""Organizations, the entities that act in them, and how they prove who they are."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "crm.tenancy"
    label = "tenancy"
    verbose_name = "Organization"
