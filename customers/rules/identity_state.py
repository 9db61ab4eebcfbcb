"""The identifiers and profiles that a list of changes concerns.

The state is loaded once for the whole list, and each decision updates it. Items of one list that
conflict with each other are therefore decided as if the earlier ones were in the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

Key = tuple[str, str]  # an identifier's type and normalised value


class NormalisedKey(NamedTuple):
    """A ``Key`` among raw identifiers and channels; it is not normalised again."""

    type: str
    value: str


@dataclass(slots=True)
class IdentityState:
    """Owners of identifiers, and the open profiles of those owners.

    Customers are referenced by id; customers to be created have negative placeholder ids.
    """

    owners: dict[Key, int] = field(default_factory=dict)
    # By customer and source account: the identifiers of the open profile.
    profiles: dict[int, dict[int, set[Key]]] = field(default_factory=dict)
    # Primary keys of the loaded rows, for the writes.
    identifier_ids: dict[Key, int] = field(default_factory=dict)
    profile_ids: dict[tuple[int, int], int] = field(default_factory=dict)

    def holds(self, key: Key, source_account_id: int) -> bool:
        """Return whether the identifier is registered in this source account."""
        customer = self.owners.get(key)
        if customer is None:
            return False
        return key in self.profiles.get(customer, {}).get(source_account_id, ())

    def profile_of(self, customer: int, source_account_id: int) -> set[Key] | None:
        """Return the identifiers of the customer's profile in this source account, or None."""
        return self.profiles.get(customer, {}).get(source_account_id)

    def keys_of(self, customer: int) -> set[Key]:
        """Return the identifiers of a customer in all profiles."""
        return set().union(*self.profiles.get(customer, {}).values())

    def add_profile(self, customer: int, source_account_id: int, keys: Iterable[Key]) -> None:
        """Add a profile of the customer with these identifiers, or add them to the existing one."""
        profile_keys = self.profiles.setdefault(customer, {}).setdefault(source_account_id, set())
        for key in keys:
            profile_keys.add(key)
            self.owners[key] = customer

    def remove_key(self, customer: int, source_account_id: int, key: Key) -> None:
        """Remove the identifier from the profile; without a profile it has no owner."""
        self.profiles[customer][source_account_id].discard(key)
        if not any(key in profile_keys for profile_keys in self.profiles[customer].values()):
            del self.owners[key]

    def merge(self, *, survivor: int, victim: int) -> None:
        """Move the victim's profiles and identifiers to the survivor."""
        for account, keys in self.profiles.pop(victim, {}).items():
            self.profiles.setdefault(survivor, {}).setdefault(account, set()).update(keys)
        for key, owner in self.owners.items():
            if owner == victim:
                self.owners[key] = survivor
