"""Organizations, their entities (stores, tills, staff) and credentials."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "crm.tenancy"
    label = "tenancy"
    verbose_name = "Organization"

    def ready(self) -> None:
        from crm.tenancy.operations.roles import sync_roles

        # The apps come before auth in the settings, so all of their permissions exist by then.
        post_migrate.connect(sync_roles, sender=apps.get_app_config("auth"))
