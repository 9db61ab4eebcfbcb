"""Admin desks of customers and their configuration. Importing them registers them."""

from customers.admin import (
    company,
    customer,
    fields,
    hierarchy,
    interaction,
    source_account,
    status_label,
    ticket,
)

__all__ = [
    "company",
    "customer",
    "fields",
    "hierarchy",
    "interaction",
    "source_account",
    "status_label",
    "ticket",
]
