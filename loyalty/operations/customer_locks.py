"""Lock customers before their loyalty rows, and check that they are active."""

from collections.abc import Collection, Mapping

from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer
from customers.operations.customers.lock import lock_customers

CustomersById = Mapping[int, Customer]


def filter_valid_ids(ids: Collection[int | None]) -> set[int]:
    """Return the ids that can be database keys; larger ones would be database errors."""
    return {id_ for id_ in ids if id_ is not None and 0 < id_ <= LARGEST_ID}


@within_unit_of_work
def lock_valid_customers(customer_ids: Collection[int | None]) -> CustomersById:
    """Lock these customers until the unit of work ends; a merge and other writes wait."""
    return lock_customers(filter_valid_ids(customer_ids))


def load_customers(customer_ids: Collection[int | None]) -> CustomersById:
    """Load these customers without a lock, for planning only."""
    return Customer.objects.in_bulk(filter_valid_ids(customer_ids))


def get_active_customer(origin: Origin, customers: CustomersById, customer_id: int) -> Customer:
    """Return the locked customer with this id.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: the customer was merged into a survivor.
    """
    customer = customers.get(customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)
    return customer
