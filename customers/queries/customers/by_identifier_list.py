"""Finding the customers of a list of identifiers, with an error for each (operation 21)."""

from collections.abc import Collection, Sequence

from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID, read_number
from crm.tenancy.models import Organization
from customers import errors
from customers.models import Customer
from customers.queries.customers.by_identifier import CUSTOMER_ID, LARGEST_CUSTOMER_ID
from customers.queries.customers.identifier_owners import find_owners
from customers.rules.identifiers import normalise_identifier
from customers.rules.identity_state import Key


def find_customers_by_identifier(
    *, org: Organization, identifiers: Sequence[Key]
) -> list[int | DomainError]:
    """Return, for each identifier in order, the id of its customer or the error.

    The type ``id`` is the customer's own id. Errors are IdentifierInvalid, IdentifierNotFound, and
    CustomerMerged for the ``id`` of a merged customer. Two queries at most.
    """
    keys = [_normalise_key(org, kind, value) for kind, value in identifiers]
    owners = find_owners(
        org_id=org.pk, keys={key for key in keys if key is not None and key[0] != CUSTOMER_ID}
    )
    customers_by_id = _find_by_ids(
        org, {int(key[1]) for key in keys if key and key[0] == CUSTOMER_ID}
    )
    results: list[int | DomainError] = []
    for key, (kind, _) in zip(keys, identifiers, strict=True):
        if key is None:
            results.append(errors.IdentifierInvalid(kind=kind))
        elif key[0] == CUSTOMER_ID:
            results.append(customers_by_id.get(int(key[1])) or errors.IdentifierNotFound(kind=kind))
        else:
            results.append(owners.get(key) or errors.IdentifierNotFound(kind=kind))
    return results


def _normalise_key(org: Organization, kind: str, value: str) -> Key | None:
    if kind == CUSTOMER_ID:
        text = value.strip()
        is_id = read_number(text, largest=LARGEST_CUSTOMER_ID) is not None
        return (kind, text) if is_id else None
    normalised = normalise_identifier(
        kind, value, default_country=org.default_country, strict_mobile=org.strict_mobile
    )
    return None if normalised is None else (kind, normalised)


def _find_by_ids(org: Organization, ids: Collection[int]) -> dict[int, int | DomainError]:
    storable_ids = [pk for pk in ids if 0 < pk <= LARGEST_ID]
    if not storable_ids:
        return {}
    rows = Customer.objects.filter(org=org, pk__in=storable_ids).values_list("pk", "merged_into_id")
    return {
        pk: pk if survivor is None else errors.CustomerMerged(survivor_id=survivor)
        for pk, survivor in rows
    }
