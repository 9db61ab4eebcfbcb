"""Replacing an identifier after approval (contract, rule 2.5 and section 6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.kernel.errors import DomainError
from customers import errors
from customers.rules.identifiers import Key
from customers.rules.identity_state import IdentityState


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Replace the customer's ``old`` value by ``new`` in every profile that holds it.

    Values are normalised. Without an old value, the new one is added to ``source_account_id``. With
    ``holder_id``, the new value is taken from that customer, and without an old value it is added
    in the source accounts of the holder's profiles that had it, too.
    """

    customer_id: int
    kind: str
    new: str
    old: str = ""
    source_account_id: int | None = None
    holder_id: int | None = None

    @property
    def customer_ids(self) -> set[int]:
        return {self.customer_id} if self.holder_id is None else {self.customer_id, self.holder_id}

    @property
    def old_key(self) -> Key | None:
        return (self.kind, self.old) if self.old else None

    @property
    def new_key(self) -> Key:
        return self.kind, self.new


def list_changed_accounts(state: IdentityState, replacement: Replacement) -> list[int]:
    """Return the source accounts of the customer's profiles that will hold the new value."""
    profiles = state.profiles.get(replacement.customer_id, {})
    if replacement.old_key is not None:
        return [account for account, keys in profiles.items() if replacement.old_key in keys]
    of_holder = state.profiles.get(replacement.holder_id or 0, {})
    had_it = {account for account, keys in of_holder.items() if replacement.new_key in keys}
    return [
        account
        for account in profiles
        if account == replacement.source_account_id or account in had_it
    ]


def decide_replacement(state: IdentityState, replacement: Replacement) -> None:
    """Refuse a replacement that is not possible. The state is not changed.

    Raises:
        IdentifierNotHeld: the customer no longer has the old value.
        IdentifierTaken: another customer has the new value (fact: ``customer_id``).
        IdentifierRegistered: the old and the new value are the same.
        NoProfileInSource: there is no profile to add the new value to.
        LastIdentifier: the holder would be left without an identifier.
    """
    if replacement.old_key is not None:
        if state.owners.get(replacement.old_key) != replacement.customer_id:
            raise errors.IdentifierNotHeld(kind=replacement.kind)
        if replacement.old == replacement.new:
            raise errors.IdentifierRegistered(
                kind=replacement.kind, customer_id=replacement.customer_id
            )
    elif (
        replacement.source_account_id is None
        or state.profile_of(replacement.customer_id, replacement.source_account_id) is None
    ):
        raise errors.NoProfileInSource()
    owner = state.owners.get(replacement.new_key)
    if replacement.holder_id is not None:
        _check_holder(state, replacement, owner)
    elif owner not in (None, replacement.customer_id):
        raise errors.IdentifierTaken(kind=replacement.kind, customer_id=owner)


def _check_holder(state: IdentityState, replacement: Replacement, owner: int | None) -> None:
    if owner is None:
        raise errors.IdentifierNotHeld(kind=replacement.kind)
    if owner != replacement.holder_id:
        raise errors.IdentifierTaken(kind=replacement.kind, customer_id=owner)
    if state.keys_of(owner) == {replacement.new_key}:
        raise errors.LastIdentifier()


def split_into_rounds(replacements: Sequence[Replacement]) -> Iterable[list[int]]:
    """Split a list into rounds of replacements that do not affect each other; yield indexes.

    Replacements of one customer or one value come in successive rounds, in the order of the list,
    so the outcome is the same as applying them one by one.
    """
    remaining = list(range(len(replacements)))
    while remaining:
        touched: set[object] = set()
        current_round: list[int] = []
        later: list[int] = []
        for index in remaining:
            replacement = replacements[index]
            resources = {*replacement.customer_ids, replacement.new_key, replacement.old_key} - {
                None
            }
            (later if resources & touched else current_round).append(index)
            touched |= resources
        yield current_round
        remaining = later


def find_refusal(state: IdentityState, replacement: Replacement) -> DomainError | None:
    """Return the error that ``decide_replacement`` raises, or None."""
    try:
        decide_replacement(state, replacement)
    except DomainError as refusal:
        return refusal.detached()
    return None
