"""Registration at the point of sale (v1.1): register a new customer or update a known one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings
from crm.tenancy.rules.settings import OrgSettings
from crm.usecases.register_customers import CONSENT_REASON, LOYALTY, SignUp, sign_up_customer
from crm.usecases.update_customers import update_with_effects
from customers import errors, notices
from customers.models import Customer
from customers.operations.customers.fraud import mark_fraud
from customers.operations.customers.lock import lock_customers
from customers.operations.identifiers.replace import replace_identifiers
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.queries.customers.by_identifiers import CustomerMatch, match_lookups
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.customers.identifier_owners import find_owners
from customers.queries.fields import get_identity_settings
from customers.queries.source_accounts import INSTORE, get_source_accounts
from customers.rules.customer_update import CustomerChange
from customers.rules.fraud import FraudMark
from customers.rules.identifier_replacement import Replacement
from customers.rules.identifiers import NormalisedKey
from customers.rules.lookups import CustomerLookup, normalise_lookup
from customers.rules.pos_registration import (
    KINDS,
    IdentifierChanges,
    ParsedIdentifiers,
    build_unreadable_notices,
    check_loyalty_identifiers,
    check_mandatory_fields,
    check_mandatory_identifiers,
    check_registration_date,
    decide_identifier_changes,
    select_identifiers,
)
from customers.rules.registration import Channel, ProfileEntry, Registration

# Another request may register or merge the customer meanwhile; then the lookup is repeated.
MAX_ATTEMPTS = 5

MANDATORY_SETTINGS: Mapping[str, str] = {
    "mobile": "CONF_MOBILE_MANDATORY",
    "email": "CONF_EMAIL_MANDATORY",
    "externalId": "CONF_EXTERNAL_ID_MANDATORY",
}
REPLACEABLE_SETTINGS: Mapping[str, str] = {
    "mobile": "CONF_ALLOW_MOBILE_UPDATE",
    "email": "CONF_ALLOW_EMAIL_UPDATE",
    "externalId": "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE",
}
CHANNEL_KINDS = ("mobile", "email")
NOT_INTERESTED = Customer.LoyaltyType.NOT_INTERESTED


@dataclass(frozen=True, slots=True, kw_only=True)
class PosRegistration:
    """A customer as a till sends them; ``lookup`` holds identifier values by kind.

    A value that is None or missing stays unchanged; for a new customer it is the default.
    """

    lookup: Mapping[str, object]
    first_name: Any = None
    last_name: Any = None
    loyalty_type: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    registered_at: datetime | None = None
    consents: Sequence[SubscriptionChangeIn] = ()
    fraud_mark: FraudMark | None = None


@dataclass(slots=True)
class PosResult:
    """The customer, notices for the caller, and the loyalty effects still to run."""

    customer_id: int
    is_new: bool
    effect_ids: list[int] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def register_at_pos(*, origin: Origin, registration: PosRegistration) -> PosResult:
    """Register a customer in store, or update the customer of the first known identifier.

    A customer known in another source gets a profile in store. Missing identifiers of a known
    customer are added; those that are not primary are replaced where the organization allows it.
    Others, and those of another customer, are left out, each with a notice.
    Reference: "Register Customers" of v1.1.

    Raises:
        NoIdentifier, MobileInvalid, EmailInvalid, ExternalIdInvalid: there is no valid identifier.
        MobileMissing, EmailMissing, ExternalIdMissing, FieldMissing: the organization requires it.
        RegistrationDateInvalid: the date is outside the range that the organization allows.
        Whatever ``update_at_pos`` raises for a known customer.
    """
    lookup = _normalise_lookup(origin, registration)
    for _ in range(MAX_ATTEMPTS):
        [match] = match_lookups(org_id=origin.org.pk, lookups=[lookup])
        if isinstance(match, CustomerMatch):
            return _update_existing_customer(origin, match, lookup, registration)
        if isinstance(match, errors.CustomerUnknown):
            raise match
        try:
            return _register_new_customer(origin, lookup, registration)
        except (
            errors.IdentifierRegistered,
            errors.IdentifiersOfSeveralCustomers,
            errors.SourceAccountShared,
        ):
            # Another request registered the customer first: look them up again.
            continue
    raise errors.IdentifierRegistered()


@within_unit_of_work
def update_at_pos(*, origin: Origin, registration: PosRegistration) -> PosResult:
    """Update the customer of the first known identifier; add a profile in store if needed.

    Identifiers that are not primary are replaced where the organization allows it.
    Reference: "Update Customer Details" of v1.1.

    Raises:
        IdentifierMissing, IdentifierInvalid, IdentifierNotFound, CustomerUnknown: no customer
            matches.
        LoyaltyDowngrade: a loyalty customer cannot become a non-loyalty customer.
        MobileMissingForLoyalty, EmailMissingForLoyalty, ExternalIdMissingForLoyalty: the
            organization requires it for loyalty customers.
        NameInvalid, and whatever ``subscribe`` raises.
    """
    lookup = _normalise_lookup(origin, registration)
    [match] = match_lookups(org_id=origin.org.pk, lookups=[lookup])
    if isinstance(match, DomainError):
        raise match
    return _update_existing_customer(origin, match, lookup, registration)


def _normalise_lookup(origin: Origin, registration: PosRegistration) -> CustomerLookup:
    """Normalise the identifiers; from here on they are what is compared and stored."""
    return normalise_lookup(
        registration.lookup,
        default_country=origin.org.default_country,
        strict_mobile=origin.org.strict_mobile,
    )


# --- New customers ----------------------------------------------------------------------


def _register_new_customer(
    origin: Origin, lookup: CustomerLookup, registration: PosRegistration
) -> PosResult:
    identity_settings, settings = get_identity_settings(origin.org), get_settings(origin.org.pk)
    parsed = select_identifiers(lookup)
    is_interested = registration.loyalty_type != NOT_INTERESTED
    mandatory_kinds = _list_kinds(MANDATORY_SETTINGS, settings) if is_interested else ()
    check_mandatory_identifiers(parsed, mandatory_kinds)
    check_mandatory_fields(registration.fields, identity_settings.fields)
    check_mandatory_fields(registration.extended_fields, identity_settings.extended_fields)
    check_registration_date(
        registration.registered_at,
        now=origin.at,
        days_back=settings.number("CONF_REGISTRATION_MAX_AGE_DAYS"),
        days_ahead=settings.number("CONF_REGISTRATION_MAX_AHEAD_DAYS"),
    )
    sign_up_result = sign_up_customer(
        origin=origin,
        sign_up=SignUp(
            registration=Registration(
                profiles=[
                    ProfileEntry(
                        source_account_id=_get_instore_account_id(origin),
                        first_name=registration.first_name,
                        last_name=registration.last_name,
                        fields=registration.fields,
                        identifiers=_build_keys(parsed.keys),
                        channels=_build_channels(parsed.keys),
                    )
                ],
                loyalty_type=registration.loyalty_type or LOYALTY,
                extended_fields=registration.extended_fields,
                registered_at=registration.registered_at,
            ),
            consents=registration.consents,
        ),
    )
    _mark_fraud(origin, sign_up_result.customer_id, registration)
    return PosResult(
        sign_up_result.customer_id,
        sign_up_result.is_new,
        _drop_missing([sign_up_result.effect_id]),
        [*build_unreadable_notices(parsed), *sign_up_result.notices],
    )


# --- Known customers --------------------------------------------------------------------


def _update_existing_customer(
    origin: Origin,
    match: CustomerMatch,
    lookup: CustomerLookup,
    registration: PosRegistration,
) -> PosResult:
    settings = get_settings(origin.org.pk)
    customer = _lock_survivor(origin, match.customer_id)
    heading = list_headings(org_id=origin.org.pk, customer_ids=[customer.pk])[customer.pk]
    parsed = select_identifiers(lookup)
    owners = find_owners(org_id=origin.org.pk, keys=list(parsed.keys.items()))
    changes = decide_identifier_changes(
        parsed,
        customer_id=customer.pk,
        current_values=heading.identifiers,
        owners=owners,
        primary_kind=origin.org.primary_identifier,
        replaceable_kinds=_list_kinds(REPLACEABLE_SETTINGS, settings),
    )
    if registration.loyalty_type == LOYALTY != customer.loyalty_type:
        check_loyalty_identifiers(
            {*heading.identifiers, *changes.added},
            _list_kinds(MANDATORY_SETTINGS, settings),
        )
    result = PosResult(customer.pk, is_new=False, notices=changes.notices)
    if match.victim_id is not None or customer.pk != match.customer_id:
        result.notices.append(Notice(notices.MERGED, survivor_id=customer.pk))
    if not heading.is_in_store:
        _add_instore_profile(origin, customer, match, heading, parsed, changes, owners, result)
    _change_identifiers(origin, customer.pk, heading, changes, result)
    _update_details(origin, customer.pk, registration, changes, result)
    _mark_fraud(origin, customer.pk, registration)
    return result


def _lock_survivor(origin: Origin, customer_id: int) -> Customer:
    """Lock the customer, or the survivor if they were merged meanwhile."""
    for _ in range(MAX_ATTEMPTS):
        customer = lock_customers({customer_id})[customer_id]
        if customer.merged_into_id is None:
            return customer
        customer_id = customer.merged_into_id
    raise errors.CustomerMerged(survivor_id=customer_id)


def _add_instore_profile(
    origin: Origin,
    customer: Customer,
    match: CustomerMatch,
    heading: Heading,
    parsed: ParsedIdentifiers,
    changes: IdentifierChanges,
    owners: Mapping[tuple[str, str], int],
    result: PosResult,
) -> None:
    """Add a profile in store to a customer known in another source."""
    owned_identifiers = {
        kind: value
        for kind, value in parsed.keys.items()
        if owners.get((kind, value)) == customer.pk
    }
    instore_identifiers = owned_identifiers or {
        k: v for k, v in heading.identifiers.items() if k in KINDS
    }
    if not instore_identifiers:
        # Their only identifiers belong to the other source and are not valid in store.
        raise errors.NoProfileInSource()
    identifiers = {**instore_identifiers, **changes.added}
    sign_up_result = sign_up_customer(
        origin=origin,
        sign_up=SignUp(
            registration=Registration(
                profiles=[
                    ProfileEntry(
                        source_account_id=_get_instore_account_id(origin),
                        first_name=heading.first_name,
                        last_name=heading.last_name,
                        identifiers=_build_keys(identifiers),
                        channels=_build_channels(identifiers),
                    )
                ],
                loyalty_type=customer.loyalty_type,
            )
        ),
    )
    changes.added.clear()
    result.effect_ids += _drop_missing([sign_up_result.effect_id])
    result.notices += [
        notice for notice in sign_up_result.notices if notice.code != notices.COMBINED
    ]


def _change_identifiers(
    origin: Origin,
    customer_id: int,
    heading: Heading,
    changes: IdentifierChanges,
    result: PosResult,
) -> None:
    replacements = [
        Replacement(
            customer_id=customer_id,
            kind=kind,
            new=value,
            source_account_id=_get_instore_account_id(origin),
        )
        for kind, value in changes.added.items()
    ] + [
        Replacement(customer_id=customer_id, kind=kind, new=value, old=heading.identifiers[kind])
        for kind, value in changes.replaced.items()
    ]
    if not replacements:
        return
    for replacement, refusal in zip(
        replacements, replace_identifiers(origin=origin, replacements=replacements), strict=True
    ):
        if isinstance(refusal, errors.IdentifierTaken):
            # It was registered for another customer since the lookup.
            result.notices.append(Notice(notices.IDENTIFIER_LEFT_OUT, kind=replacement.kind))
            changes.added.pop(replacement.kind, None)
        elif refusal is not None:
            raise refusal


def _update_details(
    origin: Origin,
    customer_id: int,
    registration: PosRegistration,
    changes: IdentifierChanges,
    result: PosResult,
) -> None:
    update_result = update_with_effects(
        origin=origin,
        change=CustomerChange(
            customer_id=customer_id,
            profiles=[
                ProfileEntry(
                    source_account_id=_get_instore_account_id(origin),
                    first_name=registration.first_name,
                    last_name=registration.last_name,
                    fields=registration.fields,
                    channels=_build_channels(changes.added),
                )
            ],
            loyalty_type=registration.loyalty_type,
            extended_fields=registration.extended_fields,
        ),
    )
    result.effect_ids += _drop_missing([update_result.effect_id])
    result.notices += update_result.updated.notices
    if registration.consents:
        subscribe(
            origin=origin,
            customer_id=customer_id,
            changes=registration.consents,
            reason=CONSENT_REASON,
        )


# --- Both -------------------------------------------------------------------------------


def _mark_fraud(origin: Origin, customer_id: int, registration: PosRegistration) -> None:
    if registration.fraud_mark is not None:
        mark_fraud(origin=origin, customer_id=customer_id, mark=registration.fraud_mark)


def _list_kinds(names: Mapping[str, str], settings: OrgSettings) -> list[str]:
    """Return the kinds whose setting is on."""
    return [kind for kind, name in names.items() if settings.is_on(name)]


def _get_instore_account_id(origin: Origin) -> int:
    return get_source_accounts(org_id=origin.org.pk).find(INSTORE, None).id


def _build_keys(identifiers: Mapping[str, str]) -> list[NormalisedKey]:
    return [NormalisedKey(kind, value) for kind, value in identifiers.items()]


def _build_channels(identifiers: Mapping[str, str]) -> list[Channel]:
    """Turn identifiers that can receive messages into channels."""
    return [
        Channel(type=key.type, value=key, is_primary=True)
        for key in _build_keys(identifiers)
        if key.type in CHANNEL_KINDS
    ]


def _drop_missing(effect_ids: Sequence[int | None]) -> list[int]:
    return [effect_id for effect_id in effect_ids if effect_id is not None]
