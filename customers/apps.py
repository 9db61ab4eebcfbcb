"""People: who they are, how they are recognised and reached."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = "Customers"

    def ready(self) -> None:
        from crm.imports.import_work import register_import
        from customers.imports.customer_kind import CUSTOMERS
        from customers.imports.interaction_kind import INTERACTIONS

        # The first one offered is registered last.
        register_import(INTERACTIONS)
        register_import(CUSTOMERS)
