"""Entering somebody at the till: registered when nobody knows them, else updated (v1.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings
from crm.tenancy.rules.settings import OrgSettings
from crm.usecases.registering import LOYALTY, REASON, Person, register_person
from crm.usecases.updating import update_person
from customers import errors, notices
from customers.models import Customer
from customers.operations.locking import lock_customers
from customers.operations.replacing import replace_identifiers
from customers.operations.subscribing import SubscriptionChangeIn, subscribe
from customers.queries.headings import Heading, list_headings
from customers.queries.resolving import find_owners
from customers.queries.source_accounts import INSTORE, get_source_accounts
from customers.queries.standards import get_standards
from customers.queries.whom import Whom, find_whom
from customers.rules.entering import (
    KINDS,
    Changes,
    Said,
    check_date,
    check_fields,
    check_loyalty,
    check_mandatory,
    decide_changes,
    read_said,
    unreadable_notices,
)
from customers.rules.registration import Channel, ProfileEntry, Registration
from customers.rules.replacing import Replacement
from customers.rules.updating import CustomerChange

# Somebody else may register or merge the person meanwhile; nobody loses for ever.
MOST_ROUNDS = 5

MANDATORY: Mapping[str, str] = {
    "mobile": "CONF_MOBILE_MANDATORY",
    "email": "CONF_EMAIL_MANDATORY",
    "externalId": "CONF_EXTERNAL_ID_MANDATORY",
}
REPLACEABLE: Mapping[str, str] = {
    "mobile": "CONF_ALLOW_MOBILE_UPDATE",
    "email": "CONF_ALLOW_EMAIL_UPDATE",
    "externalId": "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE",
}
CHANNELS = ("mobile", "email")
NOT_INTERESTED = Customer.LoyaltyType.NOT_INTERESTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody as a till says them; ``whom`` are values by the kinds that ``find_whom`` knows.

    None, and what is not named, stays as it is; of a newcomer it is the default.
    """

    whom: Mapping[str, object]
    first_name: Any = None
    last_name: Any = None
    loyalty_type: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    registered_at: datetime | None = None
    consents: Sequence[SubscriptionChangeIn] = ()


@dataclass(slots=True)
class Entered:
    """Who it is, what to tell, and the effects that loyalty has to run."""

    customer_id: int
    is_new: bool
    effect_ids: list[int] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def enter_person(*, origin: Origin, entry: Entry) -> Entered:
    """Register somebody in store, or update whom the first known of their identifiers means.

    Somebody known elsewhere gets a profile in store. Of a known customer no identifier that has a
    value is changed; missing ones are added, and those that somebody else has are left out, each
    with a notice. Reference: "Register Customers" of v1.1.

    Raises:
        NoIdentifier, MobileInvalid, EmailInvalid, ExternalIdInvalid: nothing says who they are.
        MobileMissing, EmailMissing, ExternalIdMissing, FieldMissing: the organization asks for it.
        RegistrationDateInvalid: outside the organization's span.
        What ``amend_person`` raises of somebody known.
    """
    for _ in range(MOST_ROUNDS):
        [found] = find_whom(org=origin.org, asked=[entry.whom])
        if isinstance(found, Whom):
            return _amend(origin, found, entry, replaceable=())
        if isinstance(found, errors.CustomerUnknown):
            raise found
        try:
            return _register(origin, entry)
        except (
            errors.IdentifierRegistered,
            errors.IdentifiersOfSeveralCustomers,
            errors.SourceAccountShared,
        ):
            # Another unit was faster, and has committed: now somebody knows them.
            continue
    raise errors.IdentifierRegistered()


@within_unit_of_work
def amend_person(*, origin: Origin, entry: Entry) -> Entered:
    """Update whom the first known identifier means, who gets a profile in store if need be.

    Identifiers that are not primary are replaced where the organization allows it.
    Reference: "Update Customer Details" of v1.1.

    Raises:
        IdentifierMissing, IdentifierInvalid, IdentifierNotFound, CustomerUnknown: nobody is meant.
        LoyaltyDowngrade: a loyalty customer stays one.
        MobileMissingForLoyalty, EmailMissingForLoyalty, ExternalIdMissingForLoyalty: the
            organization asks it of loyalty customers.
        NameInvalid, and what ``subscribe`` refuses.
    """
    [found] = find_whom(org=origin.org, asked=[entry.whom])
    if isinstance(found, DomainError):
        raise found
    settings = get_settings(origin.org.pk)
    allowed = [kind for kind, name in REPLACEABLE.items() if settings.is_on(name)]
    return _amend(origin, found, entry, replaceable=allowed)


# --- Somebody new -----------------------------------------------------------------------


def _register(origin: Origin, entry: Entry) -> Entered:
    standards, settings = get_standards(origin.org), get_settings(origin.org.pk)
    said = read_said(entry.whom, standards)
    is_interested = entry.loyalty_type != NOT_INTERESTED
    check_mandatory(said, _mandatory(settings) if is_interested else ())
    check_fields(entry.fields, standards.fields)
    check_fields(entry.extended_fields, standards.extended_fields)
    check_date(
        entry.registered_at,
        now=origin.at,
        days_back=settings.number("CONF_REGISTRATION_MAX_AGE_DAYS"),
        days_ahead=settings.number("CONF_REGISTRATION_MAX_AHEAD_DAYS"),
    )
    admitted = register_person(
        origin=origin,
        person=Person(
            registration=Registration(
                profiles=[
                    ProfileEntry(
                        source_account_id=_store(origin),
                        first_name=entry.first_name,
                        last_name=entry.last_name,
                        fields=entry.fields,
                        identifiers=_spelled(said.keys),
                        channels=_channels(said.keys),
                    )
                ],
                loyalty_type=entry.loyalty_type or LOYALTY,
                extended_fields=entry.extended_fields,
                registered_at=entry.registered_at,
            ),
            consents=entry.consents,
        ),
    )
    return Entered(
        admitted.customer_id,
        admitted.is_new,
        _known([admitted.effect_id]),
        [*unreadable_notices(said), *admitted.notices],
    )


def _mandatory(settings: OrgSettings) -> list[str]:
    return [kind for kind, name in MANDATORY.items() if settings.is_on(name)]


# --- Somebody known ---------------------------------------------------------------------


def _amend(origin: Origin, whom: Whom, entry: Entry, replaceable: Sequence[str]) -> Entered:
    customer = _lock(origin, whom.customer_id)
    heading = list_headings(org_id=origin.org.pk, customer_ids=[customer.pk])[customer.pk]
    said = read_said(entry.whom, get_standards(origin.org))
    owners = find_owners(org_id=origin.org.pk, keys=list(said.keys.items()))
    changes = decide_changes(
        said,
        customer_id=customer.pk,
        shown=heading.identifiers,
        owners=owners,
        primary=origin.org.primary_identifier,
        replaceable=replaceable,
    )
    if entry.loyalty_type == LOYALTY != customer.loyalty_type:
        check_loyalty(
            {*heading.identifiers, *changes.added}, _mandatory(get_settings(origin.org.pk))
        )
    entered = Entered(customer.pk, is_new=False, notices=changes.notices)
    if whom.victim_id is not None or customer.pk != whom.customer_id:
        entered.notices.append(Notice(notices.MERGED, survivor_id=customer.pk))
    if not heading.is_in_store:
        _bring_in(origin, customer, whom, heading, said, changes, owners, entered)
    _change_identifiers(origin, customer.pk, heading, changes, entered)
    _update(origin, customer.pk, entry, changes, entered)
    return entered


def _lock(origin: Origin, customer_id: int) -> Customer:
    """Lock the customer, or the survivor they were folded into a moment ago."""
    for _ in range(MOST_ROUNDS):
        customer = lock_customers({customer_id})[customer_id]
        if customer.merged_into_id is None:
            return customer
        customer_id = customer.merged_into_id
    raise errors.CustomerMerged(survivor_id=customer_id)


def _bring_in(
    origin: Origin,
    customer: Customer,
    whom: Whom,
    heading: Heading,
    said: Said,
    changes: Changes,
    owners: Mapping[tuple[str, str], int],
    entered: Entered,
) -> None:
    """Give somebody known elsewhere a profile in store, with the identifiers they came with."""
    theirs = {
        kind: value for kind, value in said.keys.items() if owners.get((kind, value)) == customer.pk
    }
    named = theirs or {k: v for k, v in heading.identifiers.items() if k in KINDS}
    if not named:
        # They are known by a name of the other source only, which means nothing in store.
        raise errors.NoProfileInSource()
    admitted = register_person(
        origin=origin,
        person=Person(
            registration=Registration(
                profiles=[
                    ProfileEntry(
                        source_account_id=_store(origin),
                        first_name=heading.first_name,
                        last_name=heading.last_name,
                        identifiers=_spelled({**named, **changes.added}),
                        channels=_channels({**named, **changes.added}),
                    )
                ],
                loyalty_type=customer.loyalty_type,
            )
        ),
    )
    changes.added.clear()
    entered.effect_ids += _known([admitted.effect_id])
    entered.notices += [said for said in admitted.notices if said.code != notices.COMBINED]


def _change_identifiers(
    origin: Origin, customer_id: int, heading: Heading, changes: Changes, entered: Entered
) -> None:
    wishes = [
        Replacement(customer_id=customer_id, kind=kind, new=value, source_account_id=_store(origin))
        for kind, value in changes.added.items()
    ] + [
        Replacement(customer_id=customer_id, kind=kind, new=value, old=heading.identifiers[kind])
        for kind, value in changes.replaced.items()
    ]
    if not wishes:
        return
    for wish, refusal in zip(
        wishes, replace_identifiers(origin=origin, wishes=wishes), strict=True
    ):
        if isinstance(refusal, errors.IdentifierTaken):
            # Somebody was registered with it since we looked.
            entered.notices.append(Notice(notices.IDENTIFIER_LEFT_OUT, kind=wish.kind))
            changes.added.pop(wish.kind, None)
        elif refusal is not None:
            raise refusal


def _update(
    origin: Origin, customer_id: int, entry: Entry, changes: Changes, entered: Entered
) -> None:
    done = update_person(
        origin=origin,
        change=CustomerChange(
            customer_id=customer_id,
            profiles=[
                ProfileEntry(
                    source_account_id=_store(origin),
                    first_name=entry.first_name,
                    last_name=entry.last_name,
                    fields=entry.fields,
                    channels=_channels(changes.added),
                )
            ],
            loyalty_type=entry.loyalty_type,
            extended_fields=entry.extended_fields,
        ),
    )
    entered.effect_ids += _known([done.effect_id])
    entered.notices += done.updated.notices
    if entry.consents:
        subscribe(origin=origin, customer_id=customer_id, changes=entry.consents, reason=REASON)


# --- Both -------------------------------------------------------------------------------


def _store(origin: Origin) -> int:
    return get_source_accounts(org_id=origin.org.pk).find(INSTORE, None).id


def _spelled(identifiers: Mapping[str, str]) -> list[tuple[str, str]]:
    """With the plus sign, without which a foreign number may be read as one of the country's."""
    return [
        (kind, f"+{value}" if kind == "mobile" else value) for kind, value in identifiers.items()
    ]


def _channels(identifiers: Mapping[str, str]) -> list[Channel]:
    """An identifier that can be written to is a way to reach the person."""
    return [
        Channel(type=kind, value=value, is_primary=True)
        for kind, value in _spelled(identifiers)
        if kind in CHANNELS
    ]


def _known(effect_ids: Sequence[int | None]) -> list[int]:
    return [effect_id for effect_id in effect_ids if effect_id is not None]
