"""App configuration. The dialects have no tables, only the documentation pages."""

from django.apps import AppConfig


class DialectsConfig(AppConfig):
    name = "crm.dialects"
    label = "dialects"
