"""Whom several identifiers at once mean: each of a list, in one query."""

from collections.abc import Sequence

from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from customers import errors
from customers.queries.customers.identifier_owners import find_owners
from customers.queries.identity_settings import get_standards
from customers.rules.identity_state import Key
from customers.rules.registration import ProfileEntry, normalise_keys, read_card_keys


def recognise(
    *, org: Organization, people: Sequence[Sequence[ProfileEntry]]
) -> list[int | DomainError]:
    """Return the customer whom each one's identifiers and cards mean; unknown ones are ignored.

    In its place stands the refusal: IdentifierNotFound, IdentifiersOfSeveralCustomers,
    NoIdentifier, or what ``normalise_keys`` refuses. They lead to the survivors of merges.
    """
    standards = get_standards(org)
    read: list[list[Key] | DomainError] = []
    for profiles in people:
        try:
            keys = [
                key
                for profile in profiles
                for key in (
                    *normalise_keys(profile.identifiers, standards),
                    *read_card_keys(profile.cards),
                )
            ]
            read.append(keys or errors.NoIdentifier())
        except DomainError as refusal:
            read.append(refusal.detached())
    every = {key for keys in read if not isinstance(keys, DomainError) for key in keys}
    owners = find_owners(org_id=org.pk, keys=sorted(every))
    return [_owner(keys, owners) for keys in read]


def _owner(keys: Sequence[Key] | DomainError, owners: dict[Key, int]) -> int | DomainError:
    if isinstance(keys, DomainError):
        return keys
    found = {owners[key] for key in keys if key in owners}
    if not found:
        return errors.IdentifierNotFound(kind=keys[0][0])
    if len(found) > 1:
        return errors.IdentifiersOfSeveralCustomers()
    return found.pop()
