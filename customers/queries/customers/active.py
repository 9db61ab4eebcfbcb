"""Active customers: those who exist in the organization and were not merged into another."""

from collections.abc import Collection, Mapping

from crm.kernel.errors import DomainError
from crm.kernel.ids import select_storable_ids
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer

CustomersById = Mapping[int, Customer]


def load_customers(customer_ids: Collection[int | None]) -> CustomersById:
    """Load these customers without a lock, for planning only; ``lock_customers`` is for writes."""
    return Customer.objects.in_bulk(select_storable_ids(customer_ids))


def get_active_customer(origin: Origin, customers: CustomersById, customer_id: int) -> Customer:
    """Return the locked or loaded customer with this id.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: the customer was merged into a survivor.
    """
    refusal = find_inactive_refusal(origin.org.pk, customers, customer_id)
    if refusal is not None:
        raise refusal
    return customers[customer_id]


def find_inactive_refusal(
    org_id: int, customers: CustomersById, customer_id: int
) -> DomainError | None:
    """Return why this customer cannot be written, or None if they are active."""
    customer = customers.get(customer_id)
    if customer is None or customer.org_id != org_id:
        return errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        return errors.CustomerMerged(survivor_id=customer.merged_into_id)
    return None
