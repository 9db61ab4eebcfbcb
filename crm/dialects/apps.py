"""The dialects as an app: no tables, only the pages that describe them."""

from django.apps import AppConfig


class DialectsConfig(AppConfig):
    name = "crm.dialects"
    label = "dialects"
