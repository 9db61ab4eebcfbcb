"""What is known of the identifiers and profiles that a list of changes touches.

Loaded once for the whole list; every decision paints its outcome into it, so that rows of one
list that collide with each other are decided like rows that met in the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

Key = tuple[str, str]  # an identifier's type and normalised value


@dataclass(slots=True)
class Picture:
    """Owners of identifiers, and the open profiles of those owners.

    Customers are known by id; those that are yet to be made by negative stand-ins.
    """

    owners: dict[Key, int] = field(default_factory=dict)
    # Customer to the source accounts of their open profiles, each with its identifiers.
    profiles: dict[int, dict[int, set[Key]]] = field(default_factory=dict)
    # Primary keys of what was loaded; decisions do not look at them, writing does.
    identifier_ids: dict[Key, int] = field(default_factory=dict)
    profile_ids: dict[tuple[int, int], int] = field(default_factory=dict)

    def holds(self, key: Key, source_account_id: int) -> bool:
        """Tell whether the identifier is registered in this source account."""
        customer = self.owners.get(key)
        if customer is None:
            return False
        return key in self.profiles.get(customer, {}).get(source_account_id, ())

    def profile_of(self, customer: int, source_account_id: int) -> set[Key] | None:
        """The identifiers of a customer's profile in this source account; None without one."""
        return self.profiles.get(customer, {}).get(source_account_id)

    def keys_of(self, customer: int) -> set[Key]:
        """All identifiers of a customer, in whichever profile."""
        return set().union(*self.profiles.get(customer, {}).values())

    def add_profile(self, customer: int, source_account_id: int, keys: Iterable[Key]) -> None:
        """The customer has a profile there now, with these identifiers."""
        held = self.profiles.setdefault(customer, {}).setdefault(source_account_id, set())
        for key in keys:
            held.add(key)
            self.owners[key] = customer

    def remove_key(self, customer: int, source_account_id: int, key: Key) -> None:
        """The profile lost the identifier; with its last profile it belongs to nobody."""
        self.profiles[customer][source_account_id].discard(key)
        if not any(key in held for held in self.profiles[customer].values()):
            del self.owners[key]

    def merge(self, *, survivor: int, victim: int) -> None:
        """The victim's profiles and identifiers are the survivor's now."""
        for account, keys in self.profiles.pop(victim, {}).items():
            self.profiles.setdefault(survivor, {}).setdefault(account, set()).update(keys)
        for key, owner in self.owners.items():
            if owner == victim:
                self.owners[key] = survivor
