"""Locking customers, always in the order of their keys."""

from collections.abc import Collection

from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.queries.customers.active import get_active_customer


@within_unit_of_work
def lock_customers(customer_ids: Collection[int | None]) -> dict[int, Customer]:
    """Lock these customers until the unit ends, and return their current rows by id.

    Every write on an existing customer begins here, so two units wait in one direction only.
    """
    rows = (
        Customer.objects.filter(pk__in=select_storable_ids(customer_ids))
        .order_by("pk")
        .select_for_update()
    )
    # Evaluated here: a lazy queryset would take no lock.
    return {customer.pk: customer for customer in rows}


@within_unit_of_work
def lock_active_customer(*, origin: Origin, customer_id: int) -> Customer:
    """Lock a customer who was not merged, and return the row.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: the customer was merged into a survivor.
    """
    return get_active_customer(origin, lock_customers([customer_id]), customer_id)
