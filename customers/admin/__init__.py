"""The desks of customers and of what steers them; importing them puts them on the site."""

from customers.admin import customer, fields, source_account, status_label, ticket

__all__ = ["customer", "fields", "source_account", "status_label", "ticket"]
