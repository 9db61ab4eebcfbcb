"""Whose loyalty it is: customers locked before anything of theirs, and looked at again."""

from collections.abc import Collection, Mapping

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer
from customers.operations.locking import lock_customers
from customers.queries.lookup import LARGEST_ID

People = Mapping[int, Customer]


def storable(keys: Collection[int | None]) -> set[int]:
    """Leave out what cannot be a key at all, and would make a database stumble."""
    return {key for key in keys if key is not None and 0 < key <= LARGEST_ID}


@within_unit_of_work
def lock_people(customer_ids: Collection[int | None]) -> People:
    """Lock these customers until the unit ends: a merge, and every write on them, waits."""
    return lock_customers(storable(customer_ids))


def look_at_people(customer_ids: Collection[int | None]) -> People:
    """The same without a lock, for what is only said and not done."""
    return Customer.objects.in_bulk(storable(customer_ids))


def standing(origin: Origin, people: People, customer_id: int) -> Customer:
    """The locked customer of this id.

    Raises:
        CustomerUnknown: the organization has none such.
        CustomerMerged: they were folded into a survivor.
    """
    customer = people.get(customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)
    return customer
