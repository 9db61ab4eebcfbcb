"""Finding customers by all identifiers of their profiles, in one query."""

from collections.abc import Sequence

from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from customers import errors
from customers.queries.customers.identifier_owners import find_owners
from customers.queries.identity_settings import get_identity_settings
from customers.rules.identity_state import Key
from customers.rules.registration import ProfileEntry, normalise_keys, read_card_keys


def find_customers_by_profiles(
    *, org: Organization, profile_lists: Sequence[Sequence[ProfileEntry]]
) -> list[int | DomainError]:
    """Return, for each list of profiles, the id of the customer with their keys, or the error.

    Unknown identifiers and cards are ignored, and merged customers lead to their survivors. Errors
    are IdentifierNotFound, IdentifiersOfSeveralCustomers, NoIdentifier, and those of
    ``normalise_keys``.
    """
    identity_settings = get_identity_settings(org)
    key_lists: list[list[Key] | DomainError] = []
    for profiles in profile_lists:
        try:
            keys = [
                key
                for profile in profiles
                for key in (
                    *normalise_keys(profile.identifiers, identity_settings),
                    *read_card_keys(profile.cards),
                )
            ]
            key_lists.append(keys or errors.NoIdentifier())
        except DomainError as refusal:
            key_lists.append(refusal.detached())
    all_keys = {key for keys in key_lists if not isinstance(keys, DomainError) for key in keys}
    owners = find_owners(org_id=org.pk, keys=sorted(all_keys))
    return [_choose_owner(keys, owners) for keys in key_lists]


def _choose_owner(keys: Sequence[Key] | DomainError, owners: dict[Key, int]) -> int | DomainError:
    if isinstance(keys, DomainError):
        return keys
    customer_ids = {owners[key] for key in keys if key in owners}
    if not customer_ids:
        return errors.IdentifierNotFound(kind=keys[0][0])
    if len(customer_ids) > 1:
        return errors.IdentifiersOfSeveralCustomers()
    return customer_ids.pop()
