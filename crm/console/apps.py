"""The dashboard: the admin site, and the desks that belong to no other app."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConsoleConfig(AppConfig):
    name = "crm.console"
    label = "console"
    default = True

    def ready(self) -> None:
        from crm.console.translated_names import translate_names

        translate_names()


class DashboardConfig(admin_apps.AdminConfig):
    """Django's admin, with our site in it."""

    default = False
    default_site = "crm.console.site.DashboardSite"
