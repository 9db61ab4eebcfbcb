"""People: who they are, how they are recognised and reached."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = "Customers"

    def ready(self) -> None:
        from crm.importing.kinds import register_import
        from customers.imports.interactions_kind import INTERACTIONS
        from customers.imports.kind import CUSTOMERS

        # The first one offered is registered last.
        register_import(INTERACTIONS)
        register_import(CUSTOMERS)
