"""The desks of customers and of what steers them; importing them puts them on the site."""

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
