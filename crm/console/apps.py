"""The dashboard: the admin site, and the desks that belong to no other app."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConsoleConfig(AppConfig):
    name = "crm.console"
    label = "console"
    default = True


class DashboardConfig(admin_apps.AdminConfig):
    """Django's admin, with our site in it."""

    default = False
    default_site = "crm.console.site.DashboardSite"
