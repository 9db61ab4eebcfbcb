"""Makes the tests' work known where no test is imported: in a worker's own process."""

from django.apps import AppConfig


class CountingConfig(AppConfig):
    name = "tests.crm"
    label = "counting"

    def ready(self) -> None:
        from crm.runs.work_kinds import register_work
        from tests.crm.counting_work import KIND, count

        register_work(KIND, count)
