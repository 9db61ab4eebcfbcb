"""Taking hold of one customer whom a write is about."""

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.by_identifier import LARGEST_ID


@within_unit_of_work
def lock_standing_customer(*, origin: Origin, customer_id: int) -> Customer:
    """Lock a customer who stands for themselves.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: they were folded into a survivor.
    """
    # Beyond 64 bit the databases would complain instead of finding nobody.
    known = 0 < customer_id <= LARGEST_ID
    customer = lock_customers([customer_id]).get(customer_id) if known else None
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)
    return customer
