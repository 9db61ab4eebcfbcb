"""People: who they are, how they are recognised and reached."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = "Customers"

    def ready(self) -> None:
        from crm.imports.import_work import register_import
        from customers.imports.customers import CustomerImport
        from customers.imports.interactions import InteractionImport

        # The first one offered is registered last.
        register_import(InteractionImport)
        register_import(CustomerImport)
