"""Registering customers, one or thousands at a time (design, section 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.kernel.bulk import insert_unless_taken, take_ids_of_models
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import notices
from customers.models import Customer, Identifier, Profile
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.write_registrations import (
    AcceptedRegistration,
    write_registrations,
)
from customers.queries.customers.by_identifiers import load_identity_state
from customers.queries.fields import get_identity_settings
from customers.queries.status_effects import find_status_refusal, get_status_effects
from customers.rules.identifiers import Key
from customers.rules.identity_state import (
    IdentityState,
    RegistrationDecision,
    decide_registrations,
)
from customers.rules.registration import Registration, normalise_registration
from customers.rules.status_effects import UPDATES

# An attempt fails only if another unit took an identifier and has committed by then.
MAX_ATTEMPTS = 10


@dataclass(slots=True)
class RegistrationResult:
    """The result of one registration; ``refusal`` is the error, if any.

    ``customer`` is the row of a customer whom this unit of work has created.
    """

    customer_id: int | None = None
    is_new: bool = False
    customer: Customer | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    outcome: RegistrationResult
    clean: Registration
    decision: RegistrationDecision | None = None

    def record(self, decision: RegistrationDecision | DomainError) -> None:
        if isinstance(decision, DomainError):
            self.decision, self.outcome.refusal = None, decision
        else:
            self.decision, self.outcome.refusal = decision, None

    def identifiers(self) -> set[Key]:
        return {key for profile in self.clean.profiles for key in profile.identifiers}


@dataclass(frozen=True, slots=True)
class _ReservedKeys:
    """Primary keys for the new rows: customers by placeholder, identifiers, and profiles."""

    customers: dict[int, int]
    identifiers: dict[Key, int]
    profiles: Sequence[int]


@within_unit_of_work
def register_customer(*, origin: Origin, registration: Registration) -> RegistrationResult:
    """Register a customer, or add the profiles to the known customer with these identifiers.

    If no identifier is known, a new customer is created. If all known identifiers belong to one
    customer without a profile in these source accounts, that customer gets the profiles, with a
    notice (8050). Blank extended fields and the loyalty type are filled, nothing is overwritten.
    Reference: "Register Customer".

    Raises:
        IdentifierRegistered: an identifier is registered in this same source account.
        IdentifiersOfSeveralCustomers: the identifiers belong to two or more customers.
        SourceAccountShared: their owner has another profile in this source account.
        NonLoyaltyWithoutIdentifier: a new customer outside loyalty has no mobile and no email.
        RegistrationDateInvalid: the registration date is in the future.
        NoIdentifier, IdentifierInvalid, MobileInvalid, EmailInvalid, ExternalIdInvalid,
        ChannelInvalid, ChannelMobileInvalid, ChannelEmailInvalid, NameInvalid,
        SourceAccountTwice: the registration is not valid.
    """
    [outcome] = register_customers(origin=origin, registrations=[registration])
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


@within_unit_of_work
def register_customers(
    *, origin: Origin, registrations: Sequence[Registration]
) -> list[RegistrationResult]:
    """Register a list and return one result for each item; a refused item does not affect others.

    Items that share an identifier are decided in order, as if they were registered one by one.
    """
    outcomes, items = _clean_registrations(origin, registrations)
    if items:
        _decide_and_write(origin, items)
    for item in items:
        if item.decision is not None and not item.decision.is_new:
            item.outcome.notices.insert(0, Notice(notices.COMBINED))
    return outcomes


def plan_registrations(
    *, origin: Origin, registrations: Sequence[Registration]
) -> list[RegistrationResult]:
    """Return what ``register_customers`` would do, without writing anything.

    The ``customer_id`` of a customer who would be new is None.
    """
    outcomes, items = _clean_registrations(origin, registrations)
    state = load_identity_state(org_id=origin.org.pk, keys=_collect_keys(items))
    decisions = decide_registrations(state, [item.clean for item in items])
    for item, decision in zip(items, decisions, strict=True):
        item.record(decision)
        if item.decision is not None:
            item.outcome.is_new = item.decision.is_new
            item.outcome.customer_id = (
                item.decision.customer if item.decision.customer > 0 else None
            )
    return outcomes


def _clean_registrations(
    origin: Origin, registrations: Sequence[Registration]
) -> tuple[list[RegistrationResult], list[_Item]]:
    identity_settings = get_identity_settings(origin.org)
    outcomes: list[RegistrationResult] = []
    items: list[_Item] = []
    for registration in registrations:
        outcome = RegistrationResult()
        outcomes.append(outcome)
        try:
            clean, outcome.notices = normalise_registration(
                registration, identity_settings, now=origin.at
            )
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
        else:
            items.append(_Item(outcome, clean))
    return outcomes, items


def _decide_and_write(origin: Origin, items: list[_Item]) -> None:
    """Decide, insert the identifiers, and decide again if another unit took one of them."""
    keys = _collect_keys(items)
    customers: dict[int, Customer] = {}
    for _ in range(MAX_ATTEMPTS):
        state = load_identity_state(org_id=origin.org.pk, keys=keys)
        decisions = decide_registrations(state, [item.clean for item in items])
        for item, decision in zip(items, decisions, strict=True):
            item.record(decision)
        known_customer_ids = {
            item.decision.customer for item in items if item.decision and item.decision.customer > 0
        }
        if not known_customer_ids <= customers.keys():
            # A merge may have happened between reading and locking: read again under the locks.
            customers |= lock_customers(known_customer_ids)
            continue
        _refuse_blocked(origin, items, customers)
        reserved = _reserve_keys(items, state)
        if _insert_identifiers(origin, items, reserved):
            _write_items(origin, items, reserved, state)
            return
    raise AssertionError("another unit took an identifier in every attempt")


def _collect_keys(items: list[_Item]) -> set[Key]:
    """Return the identifiers to register and the cards to issue."""
    return {
        key
        for item in items
        for profile in item.clean.profiles
        for key in (*profile.identifiers, *profile.cards)
    }


def _refuse_blocked(origin: Origin, items: list[_Item], customers: Mapping[int, Customer]) -> None:
    """Refuse the registrations that would change a customer whose status label blocks it."""
    if not customers:
        return
    effects = get_status_effects(origin.org.pk)
    for item in items:
        customer = customers.get(item.decision.customer) if item.decision else None
        refusal = customer and find_status_refusal(effects, customer, UPDATES)
        if refusal:
            item.decision, item.outcome.refusal = None, refusal


def _reserve_keys(items: list[_Item], state: IdentityState) -> _ReservedKeys:
    accepted = [item for item in items if item.decision is not None]
    placeholder_ids = [
        item.decision.customer for item in accepted if item.decision and item.decision.is_new
    ]
    # In the order of the constraint, so that two units wait in one direction only.
    missing = sorted(
        {key for item in accepted for key in item.identifiers()} - state.identifier_ids.keys()
    )
    profile_count = sum(len(item.clean.profiles) for item in accepted)
    customer_ids, identifier_ids, profile_ids = take_ids_of_models(
        [(Customer, len(placeholder_ids)), (Identifier, len(missing)), (Profile, profile_count)]
    )
    return _ReservedKeys(
        customers=dict(zip(placeholder_ids, customer_ids, strict=True)),
        identifiers=dict(zip(missing, identifier_ids, strict=True)),
        profiles=profile_ids,
    )


def _insert_identifiers(origin: Origin, items: list[_Item], reserved: _ReservedKeys) -> bool:
    """Insert the new identifiers before anything else; return False if another unit took one."""
    owners: dict[Key, int] = {}
    for item in items:
        if item.decision is not None:
            owner = reserved.customers.get(item.decision.customer, item.decision.customer)
            owners |= dict.fromkeys(item.identifiers(), owner)
    written = insert_unless_taken(
        Identifier,
        ("id", "org_id", "customer_id", "type", "value"),
        [(pk, origin.org.pk, owners[key], *key) for key, pk in reserved.identifiers.items()],
    )
    if len(written) < len(reserved.identifiers):
        Identifier.objects.filter(pk__in=written).delete()
        return False
    return True


def _write_items(
    origin: Origin, items: list[_Item], reserved: _ReservedKeys, state: IdentityState
) -> None:
    registrations = []
    for item in items:
        if item.decision is not None:
            customer_id = reserved.customers.get(item.decision.customer, item.decision.customer)
            item.outcome.customer_id, item.outcome.is_new = customer_id, item.decision.is_new
            if item.decision.is_new:
                item.outcome.customer = _build_customer(origin, customer_id, item.clean)
            registrations.append(
                AcceptedRegistration(customer_id, item.decision.is_new, item.clean)
            )
    write_registrations(
        origin=origin,
        registrations=registrations,
        profile_ids=reserved.profiles,
        identifier_ids=state.identifier_ids | reserved.identifiers,
    )


def _build_customer(origin: Origin, customer_id: int, clean: Registration) -> Customer:
    """Build what decides about a new customer, so that nobody has to read the row again."""
    return Customer(
        id=customer_id,
        org_id=origin.org.pk,
        loyalty_type=clean.loyalty_type,
        end_points=list(clean.end_points),
    )
