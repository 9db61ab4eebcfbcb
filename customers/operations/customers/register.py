"""Registering people: the one way in, for one customer and for thousands (design, section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from crm.kernel.bulk import insert_unless_taken, take_ids_of_models
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors, notices
from customers.models import Customer, Identifier, Profile
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.write_registrations import Admission, write_admissions
from customers.queries.customers.identifier_owners import load_picture
from customers.queries.identity_settings import get_standards
from customers.rules.identity_state import Key, Picture
from customers.rules.registration import Registration, Standards, Verdict, decide, normalise

# Each round lost an identifier to a unit that has committed by then; nobody loses for ever.
MOST_ROUNDS = 10
# Clocks of tills differ, and a day begins earlier in the east.
FARTHEST_AHEAD = timedelta(days=1)


@dataclass(slots=True)
class Registered:
    """What became of one registration; ``refusal`` says why nothing did."""

    customer_id: int | None = None
    is_new: bool = False
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    outcome: Registered
    clean: Registration
    verdict: Verdict | None = None

    def identifiers(self) -> set[Key]:
        return {key for profile in self.clean.profiles for key in profile.identifiers}


@dataclass(frozen=True, slots=True)
class _Reserved:
    """Primary keys for what is to be written: of stand-ins, of free identifiers, of profiles."""

    customers: dict[int, int]
    identifiers: dict[Key, int]
    profiles: Sequence[int]


@within_unit_of_work
def register_customer(*, origin: Origin, registration: Registration) -> Registered:
    """Register one person, or add the profiles to the one customer who is known by them.

    A new customer is made when no identifier is known; when all known ones belong to a customer
    without a profile in these source accounts, that customer gets the profiles, with a notice
    (8050); loyalty type and blank extended fields of theirs are filled, nothing is overwritten.
    Reference: "Register Customer".

    Raises:
        IdentifierRegistered: an identifier is registered in this same source account.
        IdentifiersOfSeveralCustomers: the identifiers belong to two or more customers.
        SourceAccountShared: their owner has a profile in this source account without them.
        RegistrationDateInvalid: the person is said to have joined in the future.
        NoIdentifier, IdentifierInvalid, MobileInvalid, EmailInvalid, ExternalIdInvalid,
        ChannelInvalid, ChannelMobileInvalid, ChannelEmailInvalid, NameInvalid,
        SourceAccountTwice: what was given cannot be read.
    """
    [outcome] = register_customers(origin=origin, registrations=[registration])
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


@within_unit_of_work
def register_customers(
    *, origin: Origin, registrations: Sequence[Registration]
) -> list[Registered]:
    """Register a list: one outcome for each item, in order; refused items leave the others.

    Items that share an identifier are decided in their order, as if they had come one by one.
    """
    outcomes, items = _prepare(origin, registrations)
    if items:
        _settle(origin, items)
    for item in items:
        if item.verdict is not None and not item.verdict.is_new:
            item.outcome.notices.insert(0, Notice(notices.COMBINED))
    return outcomes


def plan_registrations(
    *, origin: Origin, registrations: Sequence[Registration]
) -> list[Registered]:
    """Say what ``register_customers`` would do, and write nothing: its first three steps.

    The ``customer_id`` of somebody who would be new is None.
    """
    outcomes, items = _prepare(origin, registrations)
    _decide(load_picture(org_id=origin.org.pk, keys=_keys_of(items)), items)
    for item in items:
        if item.verdict is not None:
            item.outcome.is_new = item.verdict.is_new
            item.outcome.customer_id = item.verdict.customer if item.verdict.customer > 0 else None
    return outcomes


def read_registration(
    *, origin: Origin, given: Registration, standards: Standards
) -> tuple[Registration, list[Notice]]:
    """Clean one registration the way registering does, before it looks at anybody else.

    Raises the refusal of the first thing that cannot be read.
    """
    if given.registered_at and given.registered_at > origin.at + FARTHEST_AHEAD:
        raise errors.RegistrationDateInvalid()
    return normalise(given, standards)


def _prepare(
    origin: Origin, registrations: Sequence[Registration]
) -> tuple[list[Registered], list[_Item]]:
    standards = get_standards(origin.org)
    outcomes: list[Registered] = []
    items: list[_Item] = []
    for given in registrations:
        outcome = Registered()
        outcomes.append(outcome)
        try:
            clean, outcome.notices = read_registration(
                origin=origin, given=given, standards=standards
            )
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
        else:
            items.append(_Item(outcome, clean))
    return outcomes, items


def _settle(origin: Origin, items: list[_Item]) -> None:
    """Decide, take the identifiers, and decide again as long as another unit was faster."""
    keys = _keys_of(items)
    locked: set[int] = set()
    for _ in range(MOST_ROUNDS):
        picture = load_picture(org_id=origin.org.pk, keys=keys)
        _decide(picture, items)
        joined = {i.verdict.customer for i in items if i.verdict and i.verdict.customer > 0}
        if not joined <= locked:
            # A merge may have come between reading and locking: look again under the locks.
            lock_customers(joined)
            locked |= joined
            continue
        reserved = _reserve(items, picture)
        if _take_identifiers(origin, items, reserved):
            _write(origin, items, reserved, picture)
            return
    raise AssertionError("identifiers were lost to other units again and again")


def _keys_of(items: list[_Item]) -> set[Key]:
    """What they may be recognised by: identifiers to be registered, cards to be issued."""
    return {
        key
        for item in items
        for profile in item.clean.profiles
        for key in (*profile.identifiers, *profile.cards)
    }


def _decide(picture: Picture, items: list[_Item]) -> None:
    for number, item in enumerate(items, start=1):
        item.verdict, item.outcome.refusal = None, None
        try:
            item.verdict = decide(picture, item.clean, newcomer=-number)
        except DomainError as refusal:
            item.outcome.refusal = refusal.detached()


def _reserve(items: list[_Item], picture: Picture) -> _Reserved:
    admitted = [item for item in items if item.verdict is not None]
    newcomers = [i.verdict.customer for i in admitted if i.verdict and i.verdict.is_new]
    # In the order of the constraint, so that two units wait for each other in one direction only.
    missing = sorted(
        {key for i in admitted for key in i.identifiers()} - picture.identifier_ids.keys()
    )
    profiles = sum(len(item.clean.profiles) for item in admitted)
    customers, identifiers, profile_ids = take_ids_of_models(
        [(Customer, len(newcomers)), (Identifier, len(missing)), (Profile, profiles)]
    )
    return _Reserved(
        customers=dict(zip(newcomers, customers, strict=True)),
        identifiers=dict(zip(missing, identifiers, strict=True)),
        profiles=profile_ids,
    )


def _take_identifiers(origin: Origin, items: list[_Item], reserved: _Reserved) -> bool:
    """Write the identifiers that nobody has, first of all; False when one was lost on the way."""
    owners: dict[Key, int] = {}
    for item in items:
        if item.verdict is not None:
            owner = reserved.customers.get(item.verdict.customer, item.verdict.customer)
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


def _write(origin: Origin, items: list[_Item], reserved: _Reserved, picture: Picture) -> None:
    admissions = []
    for item in items:
        if item.verdict is not None:
            who = reserved.customers.get(item.verdict.customer, item.verdict.customer)
            item.outcome.customer_id, item.outcome.is_new = who, item.verdict.is_new
            admissions.append(Admission(who, item.verdict.is_new, item.clean))
    write_admissions(
        origin=origin,
        admissions=admissions,
        profile_ids=reserved.profiles,
        identifier_ids=picture.identifier_ids | reserved.identifiers,
    )
