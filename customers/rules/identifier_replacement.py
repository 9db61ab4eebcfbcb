"""What becomes of an approved change of an identifier (contract, rule 2.5 and section 6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.kernel.errors import DomainError
from customers import errors
from customers.rules.identity_state import Key, Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """The customer's ``old`` value becomes ``new`` in every profile that holds it.

    Values are normalised. Without an old one the new one is added to ``source_account_id``. With
    a ``holder_id`` the new value is that customer's, who gives it up.
    """

    customer_id: int
    kind: str
    new: str
    old: str = ""
    source_account_id: int | None = None
    holder_id: int | None = None

    @property
    def people(self) -> set[int]:
        return {self.customer_id} if self.holder_id is None else {self.customer_id, self.holder_id}

    @property
    def old_key(self) -> Key | None:
        return (self.kind, self.old) if self.old else None

    @property
    def new_key(self) -> Key:
        return self.kind, self.new


def decide_replacement(picture: Picture, wish: Replacement) -> None:
    """Refuse what cannot be done; the picture stays as it is.

    Raises:
        IdentifierNotHeld: the customer lost the old value by another road.
        IdentifierTaken: another customer has the new one (fact: ``customer_id``).
        IdentifierRegistered: old and new are one value.
        NoProfileInSource: there is no profile to add the new value to.
        LastIdentifier: whoever gives the new one up would end without any.
    """
    if wish.old_key is not None:
        if picture.owners.get(wish.old_key) != wish.customer_id:
            raise errors.IdentifierNotHeld(kind=wish.kind)
        if wish.old == wish.new:
            raise errors.IdentifierRegistered(kind=wish.kind, customer_id=wish.customer_id)
    elif (
        wish.source_account_id is None
        or picture.profile_of(wish.customer_id, wish.source_account_id) is None
    ):
        raise errors.NoProfileInSource()
    owner = picture.owners.get(wish.new_key)
    if wish.holder_id is not None:
        _refuse_to_take(picture, wish, owner)
    elif owner not in (None, wish.customer_id):
        raise errors.IdentifierTaken(kind=wish.kind, customer_id=owner)


def _refuse_to_take(picture: Picture, wish: Replacement, owner: int | None) -> None:
    if owner is None:
        raise errors.IdentifierNotHeld(kind=wish.kind)
    if owner != wish.holder_id:
        raise errors.IdentifierTaken(kind=wish.kind, customer_id=owner)
    if picture.keys_of(owner) == {wish.new_key}:
        raise errors.LastIdentifier()


def rounds(wishes: Sequence[Replacement]) -> Iterable[list[int]]:
    """Split a list into rounds in which no two wishes meet; each is the places of its wishes.

    Those of one customer, and those that take or free one value, come one after another in the
    order given, so the outcome is that of doing them one by one.
    """
    waiting = list(range(len(wishes)))
    while waiting:
        touched: set[object] = set()
        now: list[int] = []
        later: list[int] = []
        for place in waiting:
            wish = wishes[place]
            things = {*wish.people, wish.new_key, wish.old_key} - {None}
            (later if things & touched else now).append(place)
            touched |= things
        yield now
        waiting = later


def refusal_of(picture: Picture, wish: Replacement) -> DomainError | None:
    """What ``decide_replacement`` raises, or None."""
    try:
        decide_replacement(picture, wish)
    except DomainError as refusal:
        return refusal.detached()
    return None
