"""The identifiers and profiles that a list of changes concerns, and who a registration is about.

The state is loaded once for the whole list, and each decision updates it. Items of one list that
conflict with each other are therefore decided as if the earlier ones were in the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crm.kernel.errors import DomainError
from customers import errors
from customers.rules.identifiers import Key
from customers.rules.registration import Registration, check_non_loyalty


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


@dataclass(frozen=True, slots=True)
class RegistrationDecision:
    """The outcome of a registration: a new customer, or new profiles of a known one."""

    customer: int
    is_new: bool


def decide_registrations(
    state: IdentityState, registrations: Sequence[Registration]
) -> list[RegistrationDecision | DomainError]:
    """Decide a list in order; a refused registration gives its refusal.

    The placeholder of the customer that the n-th one would create is -n.
    """
    decisions: list[RegistrationDecision | DomainError] = []
    for number, registration in enumerate(registrations, start=1):
        try:
            decisions.append(decide_registration(state, registration, new_customer_id=-number))
        except DomainError as refusal:
            decisions.append(refusal.detached())
    return decisions


def decide_registration(
    state: IdentityState, registration: Registration, new_customer_id: int
) -> RegistrationDecision:
    """Decide which customer a registration belongs to, and add it to the state.

    ``new_customer_id`` is the placeholder of the customer that would be created. Raises, in the
    order of rule 2.3, IdentifierRegistered, IdentifiersOfSeveralCustomers or SourceAccountShared;
    and NonLoyaltyWithoutIdentifier for a new customer.
    """
    owners: set[int] = set()
    for profile in registration.profiles:
        for key in (*profile.identifiers, *profile.cards):
            owner = state.owners.get(key)
            if owner is None:
                continue
            if state.holds(key, profile.source_account_id):
                raise errors.IdentifierRegistered(kind=key[0], customer_id=owner)
            owners.add(owner)
    if len(owners) > 1:
        raise errors.IdentifiersOfSeveralCustomers()
    customer_id = owners.pop() if owners else new_customer_id
    if customer_id == new_customer_id:
        kinds = {kind for profile in registration.profiles for kind, _ in profile.identifiers}
        check_non_loyalty(registration.loyalty_type, kinds)
    for profile in registration.profiles:
        if state.profile_of(customer_id, profile.source_account_id) is not None:
            raise errors.SourceAccountShared(customer_id=customer_id)
    for profile in registration.profiles:
        state.add_profile(customer_id, profile.source_account_id, profile.identifiers)
    return RegistrationDecision(customer_id, is_new=customer_id == new_customer_id)
