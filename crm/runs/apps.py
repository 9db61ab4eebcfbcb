"""Background runs: state, progress and resume point."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "crm.runs"
    label = "runs"
    verbose_name = "Background work"
