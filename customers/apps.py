"""People: who they are, how they are recognised and reached."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = "Customers"

    def ready(self) -> None:
        from crm.exports.export_list import register_export
        from crm.exports.export_work import KIND as EXPORT_WORK
        from crm.exports.export_work import write_export
        from crm.imports.import_work import register_import
        from crm.runs.work_kinds import register_work
        from customers.imports.customers import CustomerImport
        from customers.imports.exports import EXPORT_LISTS
        from customers.imports.fraud_marks import FraudMarkImport
        from customers.imports.hierarchies import HierarchyImport
        from customers.imports.identifiers import IdentifierImport
        from customers.imports.interactions import InteractionImport
        from customers.imports.notes import NoteImport
        from customers.imports.subscriptions import SubscriptionImport
        from customers.imports.tickets import TicketImport

        for export_list in EXPORT_LISTS:
            register_export(export_list)
        register_work(EXPORT_WORK, write_export)
        # The first one offered is registered last.
        register_import(FraudMarkImport)
        register_import(HierarchyImport)
        register_import(NoteImport)
        register_import(TicketImport)
        register_import(InteractionImport)
        register_import(SubscriptionImport)
        register_import(IdentifierImport)
        register_import(CustomerImport)
