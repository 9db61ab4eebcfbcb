"""People: who they are, how they are recognised and reached."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = "Customers"

    def ready(self) -> None:
        from crm.runs.work import register_work
        from customers.imports import work

        register_work(work.DRY_RUN, work.check_file)
        register_work(work.APPLY, work.apply_file)
