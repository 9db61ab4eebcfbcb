"""Adding and removing identifiers (contract, rules 2.4 and 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from customers import errors
from customers.rules.identifiers import IdentitySettings, Key, normalise_keys
from customers.rules.identity_state import IdentityState


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange:
    """Identifiers to add to and remove from a customer's profile in one source account."""

    customer_id: int
    source_account_id: int
    add: Sequence[tuple[str, Any]] = ()
    remove: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class IdentityChangeDecision:
    """The keys to add and remove, and the survivor that the customer merges into, if any."""

    add: tuple[Key, ...]
    remove: tuple[Key, ...]
    survivor: int | None


def normalise_identity_change(
    change: IdentityChange, identity_settings: IdentitySettings
) -> IdentityChange:
    """Normalise both lists. Raises what ``normalise_keys`` raises, and NoIdentifier for no keys."""
    if not change.add and not change.remove:
        raise errors.NoIdentifier()
    return IdentityChange(
        customer_id=change.customer_id,
        source_account_id=change.source_account_id,
        add=normalise_keys(change.add, identity_settings),
        remove=normalise_keys(change.remove, identity_settings),
    )


def decide_identity_change(state: IdentityState, change: IdentityChange) -> IdentityChangeDecision:
    """Decide what a normalised change does; removals come first. The state is not changed.

    Raises:
        NoProfileInSource: the customer has no profile in this source account.
        IdentifierNotHeld: an identifier to remove is not registered in that profile.
        IdentifierRegistered: an identifier to add is registered in that profile already.
        IdentifiersOfSeveralCustomers: those to add belong to two or more other customers.
        IdentifierHeldInSource: their owner holds one of them in the same source account.
        SourceAccountShared: their owner and this customer share a source account.
        LastIdentifier: the customer would be left without an identifier.
    """
    customer_id, account_id = change.customer_id, change.source_account_id
    profile_keys = state.profile_of(customer_id, account_id)
    if profile_keys is None:
        raise errors.NoProfileInSource()
    for key in change.remove:
        if key not in profile_keys:
            raise errors.IdentifierNotHeld(kind=key[0])
    add = [key for key in change.add if key not in change.remove]
    remove = [key for key in change.remove if key not in change.add]
    others: set[int] = set()
    for key in add:
        owner = state.owners.get(key)
        if owner == customer_id and key in profile_keys:
            raise errors.IdentifierRegistered(kind=key[0], customer_id=customer_id)
        if owner not in (None, customer_id):
            others.add(owner)
    if len(others) > 1:
        raise errors.IdentifiersOfSeveralCustomers()
    if others:
        survivor = others.pop()
        _refuse_shared_account(state, change, add, survivor)
        return IdentityChangeDecision(tuple(add), tuple(remove), survivor)
    remaining = set().union(
        *(
            keys - set(remove) if profile_account_id == account_id else keys
            for profile_account_id, keys in state.profiles[customer_id].items()
        )
    )
    if not remaining and not add:
        raise errors.LastIdentifier()
    return IdentityChangeDecision(tuple(add), tuple(remove), None)


def _refuse_shared_account(
    state: IdentityState, change: IdentityChange, add: Sequence[Key], other_id: int
) -> None:
    other_profiles = state.profiles.get(other_id, {})
    for key in add:
        if key in other_profiles.get(change.source_account_id, ()):
            raise errors.IdentifierHeldInSource(kind=key[0], customer_id=other_id)
    if other_profiles.keys() & state.profiles[change.customer_id].keys():
        raise errors.SourceAccountShared(customer_id=other_id)
