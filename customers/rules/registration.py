"""Registrations, and how they are normalised (contract, rule 2.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from crm.kernel.errors import DomainError, Notice
from customers import errors, notices
from customers.rules.fields import FieldRule, check_values
from customers.rules.identifiers import (
    Key,
    NormalisedKey,
    canonical_channel,
    canonical_type,
    normalise_identifier,
)
from customers.rules.names import clean_name

# Only loyalty issues and removes these: the identifier follows the card.
CARD_TYPES = {"cardnumber", "cardExternalId"}

_IDENTIFIER_ERRORS: Mapping[str, type[DomainError]] = {
    "mobile": errors.MobileInvalid,
    "email": errors.EmailInvalid,
    "externalId": errors.ExternalIdInvalid,
}
_CHANNEL_ERRORS: Mapping[str, type[DomainError]] = {
    "mobile": errors.ChannelMobileInvalid,
    "whatsapp": errors.ChannelMobileInvalid,
    "email": errors.ChannelEmailInvalid,
}
# Clocks of tills differ, and the day begins earlier in the east.
MAX_CLOCK_SKEW = timedelta(days=1)
# The identifier type as which a channel's value is normalised, if it is not the channel's own.
_CHANNEL_VALUE_TYPES = {"whatsapp": "mobile"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel to write; None keeps the stored value, or the default.

    ``value`` is raw, or a ``NormalisedKey``.
    """

    type: str
    value: Any
    is_primary: bool | None = None
    is_verified: bool | None = None
    meta: Mapping[str, Any] | None = None
    attributes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileEntry:
    """A profile as received, or, once normalised, as it will be stored.

    A received identifier that is a ``NormalisedKey`` is normalised already.
    """

    source_account_id: int
    first_name: Any = None
    last_name: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    identifiers: Sequence[tuple[str, Any]] = ()
    channels: Sequence[Channel] = ()
    # Cards for loyalty to issue. A customer who holds one already is found by it.
    cards: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A customer to register: raw from a view, clean after ``normalise_registration``."""

    profiles: Sequence[ProfileEntry]
    loyalty_type: str = "LOYALTY"
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    registered_at: datetime | None = None
    associated_with_id: int | None = None
    end_points: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """The organization's settings that normalisation depends on."""

    default_country: str
    strict_mobile: bool
    zone: tzinfo
    fields: Mapping[str, FieldRule]
    extended_fields: Mapping[str, FieldRule]


def normalise_registration(
    registration: Registration, identity_settings: IdentitySettings, *, now: datetime
) -> tuple[Registration, list[Notice]]:
    """Return the registration as it is compared and stored, and its warnings.

    Raises the error of the first value that is not valid, RegistrationDateInvalid for one in the
    future; invalid fields only cause warnings.
    """
    if registration.registered_at and registration.registered_at > now + MAX_CLOCK_SKEW:
        raise errors.RegistrationDateInvalid()
    warnings: list[Notice] = []
    accounts = [profile.source_account_id for profile in registration.profiles]
    if len(set(accounts)) < len(accounts):
        raise errors.SourceAccountTwice()
    profiles = [
        normalise_profile(profile, identity_settings, warnings) for profile in registration.profiles
    ]
    if not any(profile.identifiers or profile.cards for profile in profiles):
        raise errors.NoIdentifier()
    return Registration(
        profiles=profiles,
        loyalty_type=registration.loyalty_type,
        extended_fields=drop_cleared(
            check_fields(
                registration.extended_fields,
                identity_settings.extended_fields,
                identity_settings.zone,
                notices.EXTENDED_FIELD_INVALID,
                warnings,
            )
        ),
        registered_at=registration.registered_at,
        associated_with_id=registration.associated_with_id,
        end_points=registration.end_points,
    ), warnings


def normalise_profile(
    profile: ProfileEntry, identity_settings: IdentitySettings, warnings: list[Notice]
) -> ProfileEntry:
    """Normalise one profile. A name of None stays None, which means "not given"."""
    return ProfileEntry(
        source_account_id=profile.source_account_id,
        first_name=_normalise_name(profile.first_name),
        last_name=_normalise_name(profile.last_name),
        fields=check_fields(
            profile.fields,
            identity_settings.fields,
            identity_settings.zone,
            notices.FIELD_INVALID,
            warnings,
        ),
        identifiers=normalise_keys(profile.identifiers, identity_settings),
        channels=_normalise_channels(profile.channels, identity_settings),
        cards=read_card_keys(profile.cards),
    )


def normalise_keys(
    identifiers: Sequence[tuple[str, Any]], identity_settings: IdentitySettings
) -> list[Key]:
    """Return the normalised identifiers without duplicates, in the same order.

    Raises:
        IdentifierInvalid: the type is unknown, or a card, which only loyalty issues.
        MobileInvalid, EmailInvalid, ExternalIdInvalid: the value is not valid.
    """
    keys: dict[Key, None] = {}
    for identifier in identifiers:
        raw_type, raw_value = identifier
        kind = canonical_type(raw_type)
        if kind is None or kind in CARD_TYPES:
            raise errors.IdentifierInvalid(kind=raw_type)
        if isinstance(identifier, NormalisedKey):
            keys[identifier] = None
            continue
        value = normalise_identifier(
            kind,
            raw_value,
            default_country=identity_settings.default_country,
            strict_mobile=identity_settings.strict_mobile,
        )
        if value is None:
            raise _IDENTIFIER_ERRORS.get(kind, errors.IdentifierInvalid)(kind=kind)
        keys[kind, value] = None
    return list(keys)


def check_fields(
    values: Mapping[str, Any],
    rules: Mapping[str, FieldRule],
    zone: tzinfo,
    notice: str,
    warnings: list[Notice],
) -> dict[str, Any]:
    """Return the values that fit their definitions; warn about the others. None clears a value."""
    if not values:
        return {}
    accepted, problems = check_values(values, rules, zone=zone)
    warnings += [Notice(notice, name=problem.name, reason=problem.reason) for problem in problems]
    return accepted


def drop_cleared(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without those that are None."""
    return {name: value for name, value in values.items() if value is not None}


def _normalise_name(raw: Any) -> str | None:
    if raw is None:
        return None
    name = clean_name(raw)
    if name is None:
        raise errors.NameInvalid()
    return name


def read_card_keys(cards: Sequence[tuple[str, Any]]) -> list[Key]:
    """Return the normalised numbers and external ids of cards.

    Raises:
        IdentifierInvalid: the type is not a card's, or the value is not valid.
    """
    keys = []
    for raw_type, raw_value in cards:
        kind = canonical_type(raw_type)
        if kind not in CARD_TYPES:
            raise errors.IdentifierInvalid(kind=raw_type)
        value = normalise_identifier(kind, raw_value, default_country="", strict_mobile=False)
        if value is None:
            raise errors.IdentifierInvalid(kind=kind)
        keys.append((kind, value))
    return keys


def _normalise_channels(
    entries: Sequence[Channel], identity_settings: IdentitySettings
) -> list[Channel]:
    """Normalise channels without duplicates; of several primary ones of a type the last wins."""
    channels: dict[Key, Channel] = {}
    primaries: dict[str, Key] = {}
    for entry in entries:
        kind = canonical_channel(entry.type)
        if kind is None:
            raise errors.ChannelInvalid(kind=entry.type)
        if isinstance(entry.value, NormalisedKey):
            value: str | None = entry.value.value
        else:
            value = normalise_identifier(
                _CHANNEL_VALUE_TYPES.get(kind, kind),
                entry.value,
                default_country=identity_settings.default_country,
                strict_mobile=identity_settings.strict_mobile,
            )
        if value is None:
            raise _CHANNEL_ERRORS.get(kind, errors.ChannelInvalid)(kind=kind)
        channels[kind, value] = Channel(
            type=kind,
            value=value,
            is_primary=entry.is_primary,
            is_verified=entry.is_verified,
            meta=entry.meta,
            attributes=entry.attributes,
        )
        if entry.is_primary:
            primaries[kind] = kind, value
    return [
        channel
        if not channel.is_primary or primaries[key[0]] == key
        else Channel(
            type=channel.type,
            value=channel.value,
            is_primary=False,
            is_verified=channel.is_verified,
            meta=channel.meta,
            attributes=channel.attributes,
        )
        for key, channel in channels.items()
    ]
