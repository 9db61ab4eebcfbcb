"""Identifiers in v1.1 registrations: which are required, and which a till may change."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crm.kernel.errors import DomainError, Notice
from crm.tenancy.rules.settings import OrgSettings
from customers import errors, notices
from customers.rules.fields import FieldRule
from customers.rules.identifiers import Channel, Key, NormalisedKey
from customers.rules.lookups import CustomerLookup
from customers.rules.registration import ProfileEntry
from customers.rules.text import fold_name

# In the order in which they decide which customer is meant.
KINDS = ("mobile", "email", "externalId")
CHANNEL_KINDS = ("mobile", "email")
NO_FIELDS: Mapping[str, Any] = {}
MANDATORY_SETTINGS: Mapping[str, str] = {
    "mobile": "CONF_MOBILE_MANDATORY",
    "email": "CONF_EMAIL_MANDATORY",
    "externalId": "CONF_EXTERNAL_ID_MANDATORY",
}

INVALID_ERRORS: Mapping[str, type[DomainError]] = {
    "mobile": errors.MobileInvalid,
    "email": errors.EmailInvalid,
    "externalId": errors.ExternalIdInvalid,
}
MISSING_ERRORS: Mapping[str, type[DomainError]] = {
    "mobile": errors.MobileMissing,
    "email": errors.EmailMissing,
    "externalId": errors.ExternalIdMissing,
}
MISSING_FOR_LOYALTY_ERRORS: Mapping[str, type[DomainError]] = {
    "mobile": errors.MobileMissingForLoyalty,
    "email": errors.EmailMissingForLoyalty,
    "externalId": errors.ExternalIdMissingForLoyalty,
}


@dataclass(slots=True)
class ParsedIdentifiers:
    """The identifiers of a v1.1 item: the valid ones, and the kinds of the invalid ones."""

    keys: dict[str, str] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class IdentifierChanges:
    """The identifiers to add, those that replace the current value, and notices."""

    added: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


def select_identifiers(lookup: CustomerLookup) -> ParsedIdentifiers:
    """Return the mobile, email and external id of an item."""
    keys = {kind: value for kind, value in lookup.keys if kind in KINDS}
    return ParsedIdentifiers(
        keys=keys,
        unreadable=[kind for kind in lookup.given_kinds if kind in KINDS and kind not in keys],
    )


def list_mandatory_kinds(settings: OrgSettings) -> list[str]:
    """Return the kinds of identifiers that the organization requires of loyalty customers."""
    return [kind for kind, name in MANDATORY_SETTINGS.items() if settings.is_on(name)]


def build_instore_profile(
    identifiers: Mapping[str, str],
    source_account_id: int,
    *,
    first_name: Any,
    last_name: Any,
    fields: Mapping[str, Any] = NO_FIELDS,
) -> ProfileEntry:
    """Return a profile with these identifiers; mobile and email become its primary channels."""
    return ProfileEntry(
        source_account_id=source_account_id,
        first_name=first_name,
        last_name=last_name,
        fields=fields,
        identifiers=[NormalisedKey(kind, value) for kind, value in identifiers.items()],
        channels=build_channels(identifiers),
    )


def build_channels(identifiers: Mapping[str, str]) -> list[Channel]:
    """Return the identifiers that can receive messages as primary channels."""
    return [
        Channel(type=kind, value=NormalisedKey(kind, value), is_primary=True)
        for kind, value in identifiers.items()
        if kind in CHANNEL_KINDS
    ]


def build_unreadable_notices(parsed: ParsedIdentifiers) -> list[Notice]:
    """Return a notice for each identifier that was left out as invalid."""
    return [Notice(INVALID_ERRORS[kind].code, kind=kind) for kind in parsed.unreadable]


def check_mandatory_identifiers(parsed: ParsedIdentifiers, mandatory: Iterable[str]) -> None:
    """Refuse a new customer without an identifier that the organization requires.

    Raises:
        MobileMissing, EmailMissing, ExternalIdMissing: the identifier is missing.
        MobileInvalid, EmailInvalid, ExternalIdInvalid: the identifier is not valid.
        NoIdentifier: there is no identifier at all.
    """
    for kind in mandatory:
        if kind in parsed.unreadable:
            raise INVALID_ERRORS[kind](kind=kind)
        if kind not in parsed.keys:
            raise MISSING_ERRORS[kind]()
    if not parsed.keys:
        if parsed.unreadable:
            raise INVALID_ERRORS[parsed.unreadable[0]](kind=parsed.unreadable[0])
        raise errors.NoIdentifier()


def check_mandatory_fields(fields: Mapping[str, Any], rules: Mapping[str, FieldRule]) -> None:
    """Refuse a new customer without a field that the organization requires.

    Raises:
        FieldMissing: with the field's name.
    """
    present_names = {fold_name(name) for name, value in fields.items() if value not in (None, "")}
    for key, rule in rules.items():
        if rule.is_mandatory and key not in present_names:
            raise errors.FieldMissing(name=rule.name)


def check_registration_date(
    registered_at: datetime | None, *, now: datetime, days_back: int, days_ahead: int
) -> None:
    """Refuse a registration date outside the period that the organization allows.

    Raises:
        RegistrationDateInvalid: the date is too long ago, or too far ahead.
    """
    if registered_at is None:
        return
    earliest, latest = now - timedelta(days=days_back), now + timedelta(days=days_ahead)
    if not earliest <= registered_at <= latest:
        raise errors.RegistrationDateInvalid()


def check_loyalty_identifiers(held_kinds: Collection[str], mandatory: Iterable[str]) -> None:
    """Refuse a loyalty customer without the identifiers that the organization requires.

    Raises:
        MobileMissingForLoyalty, EmailMissingForLoyalty, ExternalIdMissingForLoyalty.
    """
    for kind in mandatory:
        if kind not in held_kinds:
            raise MISSING_FOR_LOYALTY_ERRORS[kind]()


def decide_identifier_changes(
    parsed: ParsedIdentifiers,
    *,
    customer_id: int,
    current_values: Mapping[str, str],
    owners: Mapping[Key, int],
    primary_kind: str,
    replaceable_kinds: Collection[str],
) -> IdentifierChanges:
    """Decide which identifiers of a known customer are added or replaced.

    ``current_values`` are the values that v1.1 shows of the customer, by kind. Identifiers of
    other customers are left out. The primary kind is never replaced, other kinds only if they
    are in ``replaceable_kinds``.
    """
    changes = IdentifierChanges(notices=build_unreadable_notices(parsed))
    for kind, value in parsed.keys.items():
        owner = owners.get((kind, value))
        if owner == customer_id:
            continue
        if owner is not None:
            changes.notices.append(Notice(notices.IDENTIFIER_LEFT_OUT, kind=kind))
        elif kind not in current_values:
            changes.added[kind] = value
        elif kind == primary_kind:
            changes.notices.append(Notice(notices.PRIMARY_UNCHANGED, kind=kind))
        elif kind in replaceable_kinds:
            changes.replaced[kind] = value
        else:
            changes.notices.append(Notice(notices.IDENTIFIER_UNCHANGED, kind=kind))
    return changes
