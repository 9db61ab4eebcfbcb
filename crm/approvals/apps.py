"""The app of requests and decisions."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "crm.approvals"
    label = "approvals"
    verbose_name = "Approvals"

    def ready(self) -> None:
        from crm.approvals.domain.batching import WORK, work_on_batch
        from crm.approvals.imports.requests_kind import REQUESTS
        from crm.importing.kinds import register_import
        from crm.runs.work import register_work

        register_import(REQUESTS)
        register_work(WORK, work_on_batch)
