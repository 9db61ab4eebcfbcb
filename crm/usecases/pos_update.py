"""Updates at the point of sale (v1.1): change a known customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings
from crm.usecases.register_customers import CONSENT_REASON, LOYALTY, SignUp, sign_up_customer
from crm.usecases.update_customers import update_with_effects
from customers import errors, notices
from customers.models import Customer
from customers.operations.customers.fraud import mark_fraud
from customers.operations.customers.lock import lock_customers
from customers.operations.identifiers.replace import replace_identifiers
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.queries.customers.by_identifiers import CustomerMatch, find_owners, match_lookups
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.source_accounts import INSTORE, get_source_accounts
from customers.rules.customer_update import CustomerChange
from customers.rules.fraud import FraudMark
from customers.rules.identifier_replacement import Replacement
from customers.rules.lookups import CustomerLookup, normalise_lookup
from customers.rules.pos_registration import (
    KINDS,
    IdentifierChanges,
    ParsedIdentifiers,
    build_channels,
    build_instore_profile,
    check_loyalty_identifiers,
    decide_identifier_changes,
    list_mandatory_kinds,
    select_identifiers,
)
from customers.rules.registration import ProfileEntry, Registration
from loyalty.rules.effects import EffectResult

# Another request may merge the customer meanwhile; then the survivor is locked.
MAX_ATTEMPTS = 5
REPLACEABLE_SETTINGS: Mapping[str, str] = {
    "mobile": "CONF_ALLOW_MOBILE_UPDATE",
    "email": "CONF_ALLOW_EMAIL_UPDATE",
    "externalId": "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE",
}


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
    """The customer, notices, loyalty effects still to run, and the result of one that has run."""

    customer_id: int
    is_new: bool
    effect_ids: list[int] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    effect_result: EffectResult | None = None


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
    lookup = normalise_lookup(
        registration.lookup,
        default_country=origin.org.default_country,
        strict_mobile=origin.org.strict_mobile,
    )
    [match] = match_lookups(org_id=origin.org.pk, lookups=[lookup])
    if isinstance(match, DomainError):
        raise match
    return update_known_customer(origin, match, lookup, registration)


@within_unit_of_work
def update_known_customer(
    origin: Origin,
    match: CustomerMatch,
    lookup: CustomerLookup,
    registration: PosRegistration,
) -> PosResult:
    """Update the matching customer, or their survivor.

    Raises what ``update_at_pos`` raises of a known customer.
    """
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
        replaceable_kinds=[
            kind for kind, name in REPLACEABLE_SETTINGS.items() if settings.is_on(name)
        ],
    )
    if registration.loyalty_type == LOYALTY != customer.loyalty_type:
        check_loyalty_identifiers(
            {*heading.identifiers, *changes.added},
            list_mandatory_kinds(settings),
        )
    result = PosResult(customer.pk, is_new=False, notices=changes.notices)
    if match.victim_id is not None or customer.pk != match.customer_id:
        result.notices.append(Notice(notices.MERGED, survivor_id=customer.pk))
    if not heading.is_in_store:
        _add_instore_profile(origin, customer, match, heading, parsed, changes, owners, result)
    _change_identifiers(origin, customer.pk, heading, changes, result)
    _update_details(origin, customer.pk, registration, changes, result)
    if registration.fraud_mark is not None:
        mark_fraud(origin=origin, customer_id=customer.pk, mark=registration.fraud_mark)
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
                    build_instore_profile(
                        identifiers,
                        _get_instore_account_id(origin),
                        first_name=heading.first_name,
                        last_name=heading.last_name,
                    )
                ],
                loyalty_type=customer.loyalty_type,
            )
        ),
    )
    changes.added.clear()
    if sign_up_result.effect_id is not None:
        result.effect_ids.append(sign_up_result.effect_id)
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
                    channels=build_channels(changes.added),
                )
            ],
            loyalty_type=registration.loyalty_type,
            extended_fields=registration.extended_fields,
        ),
    )
    if update_result.effect_id is not None:
        result.effect_ids.append(update_result.effect_id)
    result.notices += update_result.updated.notices
    if registration.consents:
        subscribe(
            origin=origin,
            customer_id=customer_id,
            changes=registration.consents,
            reason=CONSENT_REASON,
        )


def _get_instore_account_id(origin: Origin) -> int:
    return get_source_accounts(org_id=origin.org.pk).find(INSTORE, None).id
