"""Locking one customer for a write."""

from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer
from customers.operations.customers.lock import lock_customers


@within_unit_of_work
def lock_active_customer(*, origin: Origin, customer_id: int) -> Customer:
    """Lock a customer who was not merged, and return the row.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: the customer was merged into a survivor.
    """
    # Beyond 64 bits the database would raise an error instead of finding nothing.
    is_storable = 0 < customer_id <= LARGEST_ID
    customer = lock_customers([customer_id]).get(customer_id) if is_storable else None
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)
    return customer
