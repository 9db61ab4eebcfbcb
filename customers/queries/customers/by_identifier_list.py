"""Whom a list of identifiers means, each refused by itself (operation 21)."""

from collections.abc import Collection, Sequence

from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from customers import errors
from customers.models import Customer
from customers.queries.customers.by_identifier import CUSTOMER_ID, LARGEST_ID
from customers.queries.customers.identifier_owners import find_owners
from customers.rules.identifiers import normalise_identifier
from customers.rules.identity_state import Key


def find_people(*, org: Organization, named: Sequence[Key]) -> list[int | DomainError]:
    """Return the customer whom each type and value names; ``id`` is a customer's own number.

    In its place stands the refusal: IdentifierInvalid, IdentifierNotFound, or CustomerMerged for
    an ``id`` of somebody who was folded into a survivor. Two queries at most.
    """
    keys = [_read(org, kind, value) for kind, value in named]
    owners = find_owners(
        org_id=org.pk, keys={key for key in keys if key is not None and key[0] != CUSTOMER_ID}
    )
    standing = _standing(org, {int(key[1]) for key in keys if key and key[0] == CUSTOMER_ID})
    found: list[int | DomainError] = []
    for key, (kind, _) in zip(keys, named, strict=True):
        if key is None:
            found.append(errors.IdentifierInvalid(kind=kind))
        elif key[0] == CUSTOMER_ID:
            found.append(standing.get(int(key[1])) or errors.IdentifierNotFound(kind=kind))
        else:
            found.append(owners.get(key) or errors.IdentifierNotFound(kind=kind))
    return found


def _read(org: Organization, kind: str, value: str) -> Key | None:
    if kind == CUSTOMER_ID:
        text = value.strip()
        readable = text.isascii() and text.isdecimal() and len(text) <= 20
        return (kind, text) if readable else None
    read = normalise_identifier(
        kind, value, default_country=org.default_country, strict_mobile=org.strict_mobile
    )
    return None if read is None else (kind, read)


def _standing(org: Organization, ids: Collection[int]) -> dict[int, int | DomainError]:
    asked = [pk for pk in ids if 0 < pk <= LARGEST_ID]
    if not asked:
        return {}
    rows = Customer.objects.filter(org=org, pk__in=asked).values_list("pk", "merged_into_id")
    return {
        pk: pk if survivor is None else errors.CustomerMerged(survivor_id=survivor)
        for pk, survivor in rows
    }
