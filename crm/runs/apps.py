"""Long work: state, progress, resume point; what the progress bar reads."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "crm.runs"
    label = "runs"
    verbose_name = "Background work"
