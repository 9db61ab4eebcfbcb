"""Finding a customer by one identifier or by the customer's own id (operations 8 to 12)."""

from django.db import connection

from crm.kernel.ids import LARGEST_ID, read_number
from crm.tenancy.models import Organization
from customers import errors
from customers.queries.source_accounts import Account
from customers.rules.identifiers import canonical_type, normalise_identifier
from customers.rules.text import sanitize

# Accepted as an identifier type for look-ups only.
CUSTOMER_ID = "id"
# More digits are refused as invalid; up to here a number that no row has is an unknown id.
LARGEST_CUSTOMER_ID = 10**20 - 1

_BY_IDENTIFIER = """
    SELECT i.customer_id,
           EXISTS (SELECT 1 FROM customers_profile p
                    WHERE p.customer_id = i.customer_id
                      AND p.source_account_id = %s AND p.closed_at IS NULL)
      FROM customers_identifier i
     WHERE i.org_id = %s AND i.type = %s AND i.value = %s"""

_BY_ID = """
    SELECT c.merged_into_id,
           EXISTS (SELECT 1 FROM customers_profile p
                    WHERE p.customer_id = c.id
                      AND p.source_account_id = %s AND p.closed_at IS NULL)
      FROM customers_customer c
     WHERE c.org_id = %s AND c.id = %s"""


def find_customer_id(
    *, org: Organization, kind: str, value: object, source_account: Account | None
) -> int:
    """Return the id of the customer with this identifier; one query.

    If a source account is named, the customer must have a profile in it; the identifier may be
    registered in another profile of the customer. After a merge, identifiers find the survivor,
    but the type ``id`` means the row itself.

    Raises:
        IdentifierInvalid: the type is unknown, or the value is not valid.
        IdentifierNotFound: no customer has it.
        NoProfileInSource: the customer has no profile in the named source account.
        CustomerMerged: the ``id`` is that of a customer who was merged into a survivor.
    """
    account_id = source_account.id if source_account else None
    if kind.strip().lower() == CUSTOMER_ID:
        return _find_by_id(org, value, account_id)
    type_ = canonical_type(kind)
    if type_ is None:
        raise errors.IdentifierInvalid(kind=sanitize(kind))
    key = normalise_identifier(
        type_, value, default_country=org.default_country, strict_mobile=org.strict_mobile
    )
    if key is None:
        raise errors.IdentifierInvalid(kind=type_)
    with connection.cursor() as cursor:
        cursor.execute(_BY_IDENTIFIER, [account_id, org.pk, type_, key])
        row = cursor.fetchone()
    if row is None:
        raise errors.IdentifierNotFound(kind=type_)
    customer_id: int = row[0]
    if account_id is not None and not row[1]:
        raise errors.NoProfileInSource()
    return customer_id


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


def _find_by_id(org: Organization, value: object, account_id: int | None) -> int:
    customer_id = read_number(str(value).strip(), largest=LARGEST_CUSTOMER_ID)
    if customer_id is None:
        raise errors.IdentifierInvalid(kind=CUSTOMER_ID)
    row = _fetch_row(org.pk, customer_id, account_id)
    if row is None:
        raise errors.IdentifierNotFound(kind=CUSTOMER_ID)
    survivor_id, has_profile = row
    if survivor_id is not None:
        raise errors.CustomerMerged(survivor_id=survivor_id)
    if account_id is not None and not has_profile:
        raise errors.NoProfileInSource()
    return customer_id


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
