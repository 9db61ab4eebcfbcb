"""Active customers: those who exist in the organization and were not merged into another."""

from collections.abc import Collection, Mapping

from django.db import connection

from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID, select_storable_ids
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer

_BY_ID = """
    SELECT c.merged_into_id,
           EXISTS (SELECT 1 FROM customers_profile p
                    WHERE p.customer_id = c.id
                      AND p.source_account_id = %s AND p.closed_at IS NULL)
      FROM customers_customer c
     WHERE c.org_id = %s AND c.id = %s"""

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


def check_active_customer(
    *, org_id: int, customer_id: int, source_account_id: int | None = None
) -> None:
    """Check that the customer exists and was not merged; one query.

    Raises:
        CustomerUnknown: the organization has no such customer.
        CustomerMerged: the customer was merged into a survivor.
        NoProfileInSource: the customer has no profile in the named source account.
    """
    row = _fetch_row(org_id, customer_id, source_account_id)
    if row is None:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if row[0] is not None:
        raise errors.CustomerMerged(survivor_id=row[0])
    if source_account_id is not None and not row[1]:
        raise errors.NoProfileInSource()


def _fetch_row(
    org_id: int, customer_id: int, account_id: int | None
) -> tuple[int | None, bool] | None:
    # Beyond 64 bits the database would raise an error instead of finding nothing.
    if not 0 < customer_id <= LARGEST_ID:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, [account_id, org_id, customer_id])
        row: tuple[int | None, bool] | None = cursor.fetchone()
    return row
