"""Locking customers, always in the order of their keys."""

from collections.abc import Collection

from crm.kernel.transactions import within_unit_of_work
from customers.models import Customer


@within_unit_of_work
def lock_customers(customer_ids: Collection[int]) -> dict[int, Customer]:
    """Lock these customers until the unit ends, and return their current rows by id.

    Every write on an existing customer begins here, so two units wait in one direction only.
    """
    rows = Customer.objects.filter(pk__in=customer_ids).order_by("pk").select_for_update()
    # Evaluated here: a lazy queryset would take no lock.
    return {customer.pk: customer for customer in rows}
