"""Background runs: state, progress and resume point."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "crm.runs"
    label = "runs"
    verbose_name = "Background work"

    def ready(self) -> None:
        from crm.runs.tasks import register_turn_runner
        from crm.runs.worker_turn import run_turn

        register_turn_runner(run_turn)
