"""The approvals app: requests and decisions."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "crm.approvals"
    label = "approvals"
    verbose_name = "Approvals"

    def ready(self) -> None:
        from crm.approvals.domain.batches import BATCH_WORK, process_batch
        from crm.approvals.imports.exports import EXPORT_LISTS
        from crm.approvals.imports.requests import RequestImport
        from crm.exports.export_list import register_export
        from crm.imports.import_work import register_import
        from crm.runs.work_kinds import register_work

        for export_list in EXPORT_LISTS:
            register_export(export_list)
        register_import(RequestImport)
        register_work(BATCH_WORK, process_batch)
