"""Finding a customer by one identifier or by the customer's own id (operations 8 to 12)."""

from django.db import connection

from crm.kernel.ids import read_number
from crm.tenancy.models import Organization
from customers import errors
from customers.queries.customers.active import check_active_customer
from customers.queries.source_accounts import Account
from customers.rules.identifiers import canonical_type, normalise_identifier
from customers.rules.lookups import CUSTOMER_ID, LARGEST_CUSTOMER_ID
from customers.rules.text import sanitize

_BY_IDENTIFIER = """
    SELECT i.customer_id,
           EXISTS (SELECT 1 FROM customers_profile p
                    WHERE p.customer_id = i.customer_id
                      AND p.source_account_id = %s AND p.closed_at IS NULL)
      FROM customers_identifier i
     WHERE i.org_id = %s AND i.type = %s AND i.value = %s"""


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


def _find_by_id(org: Organization, value: object, account_id: int | None) -> int:
    customer_id = read_number(str(value).strip(), largest=LARGEST_CUSTOMER_ID)
    if customer_id is None:
        raise errors.IdentifierInvalid(kind=CUSTOMER_ID)
    try:
        check_active_customer(org_id=org.pk, customer_id=customer_id, source_account_id=account_id)
    except errors.CustomerUnknown:
        raise errors.IdentifierNotFound(kind=CUSTOMER_ID) from None
    return customer_id
