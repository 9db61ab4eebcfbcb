"""What becomes of a change of identifiers (contract, rules 2.4 and 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from customers import errors
from customers.rules.identity_state import Key, Picture
from customers.rules.registration import Standards, normalise_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange:
    """Identifiers to add to and remove from a customer's profile in one source account."""

    customer_id: int
    source_account_id: int
    add: Sequence[tuple[str, Any]] = ()
    remove: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class IdentityVerdict:
    """What is to be done: keys to add and remove, and whom the customer merges into, if anyone."""

    add: tuple[Key, ...]
    remove: tuple[Key, ...]
    survivor: int | None


def normalise_identity_change(given: IdentityChange, standards: Standards) -> IdentityChange:
    """Clean both lists. Raises what ``normalise_keys`` raises, and NoIdentifier for none at all."""
    if not given.add and not given.remove:
        raise errors.NoIdentifier()
    return IdentityChange(
        customer_id=given.customer_id,
        source_account_id=given.source_account_id,
        add=normalise_keys(given.add, standards),
        remove=normalise_keys(given.remove, standards),
    )


def decide_identity_change(picture: Picture, change: IdentityChange) -> IdentityVerdict:
    """Say what a clean change does; removes come before adds. The picture stays as it is.

    Raises:
        NoProfileInSource: the customer has no profile in this source account.
        IdentifierNotHeld: one to remove is not registered in that profile.
        IdentifierRegistered: one to add is registered in that profile already.
        IdentifiersOfSeveralCustomers: those to add belong to two or more others.
        IdentifierHeldInSource: the other holds one of them in this same source account.
        SourceAccountShared: the other and this customer share another source account.
        LastIdentifier: the customer would end without any identifier.
    """
    me, account = change.customer_id, change.source_account_id
    held = picture.profile_of(me, account)
    if held is None:
        raise errors.NoProfileInSource()
    for key in change.remove:
        if key not in held:
            raise errors.IdentifierNotHeld(kind=key[0])
    add = [key for key in change.add if key not in change.remove]
    remove = [key for key in change.remove if key not in change.add]
    others: set[int] = set()
    for key in add:
        owner = picture.owners.get(key)
        if owner == me and key in held:
            raise errors.IdentifierRegistered(kind=key[0], customer_id=me)
        if owner not in (None, me):
            others.add(owner)
    if len(others) > 1:
        raise errors.IdentifiersOfSeveralCustomers()
    if others:
        survivor = others.pop()
        _refuse_shared_account(picture, change, add, survivor)
        return IdentityVerdict(tuple(add), tuple(remove), survivor)
    left = set().union(
        *(
            keys - set(remove) if at == account else keys
            for at, keys in picture.profiles[me].items()
        )
    )
    if not left and not add:
        raise errors.LastIdentifier()
    return IdentityVerdict(tuple(add), tuple(remove), None)


def _refuse_shared_account(
    picture: Picture, change: IdentityChange, add: Sequence[Key], other: int
) -> None:
    theirs = picture.profiles.get(other, {})
    for key in add:
        if key in theirs.get(change.source_account_id, ()):
            raise errors.IdentifierHeldInSource(kind=key[0], customer_id=other)
    if theirs.keys() & picture.profiles[change.customer_id].keys():
        raise errors.SourceAccountShared(customer_id=other)
