"""What a registration says, and what becomes of it (contract, rules 2.2 and 2.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from crm.kernel.errors import DomainError, Notice
from customers import errors, notices
from customers.rules.fields import FieldRule, check_values
from customers.rules.identifiers import canonical_channel, canonical_type, normalise_identifier
from customers.rules.identity_state import Key, Picture
from customers.rules.names import clean_name

# Issued and taken back by loyalty alone: the card is the truth, the identifier follows it.
CARD_TYPES = {"cardnumber", "cardExternalId"}

_IDENTIFIER_REFUSALS: Mapping[str, type[DomainError]] = {
    "mobile": errors.MobileInvalid,
    "email": errors.EmailInvalid,
    "externalId": errors.ExternalIdInvalid,
}
_CHANNEL_REFUSALS: Mapping[str, type[DomainError]] = {
    "mobile": errors.ChannelMobileInvalid,
    "whatsapp": errors.ChannelMobileInvalid,
    "email": errors.ChannelEmailInvalid,
}
# What a channel's value is compared as, where it is not the channel's own name.
_CHANNEL_VALUES = {"whatsapp": "mobile"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """An address to be written; None leaves what is stored, or the default."""

    type: str
    value: Any
    is_primary: bool | None = None
    is_verified: bool | None = None
    meta: Mapping[str, Any] | None = None
    attributes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileEntry:
    """A profile as given, or, once normalised, as it will be stored."""

    source_account_id: int
    first_name: Any = None
    last_name: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    identifiers: Sequence[tuple[str, Any]] = ()
    channels: Sequence[Channel] = ()
    # Cards to be issued by loyalty: whoever holds one already is recognised by it.
    cards: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One person to be registered: raw from a door, clean after ``normalise``."""

    profiles: Sequence[ProfileEntry]
    loyalty_type: str = "LOYALTY"
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    registered_at: datetime | None = None
    associated_with_id: int | None = None
    end_points: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """The organization's settings that normalising depends on."""

    default_country: str
    strict_mobile: bool
    zone: tzinfo
    fields: Mapping[str, FieldRule]
    extended_fields: Mapping[str, FieldRule]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a registration: a new customer, or new profiles for a known one."""

    customer: int
    is_new: bool


def normalise(given: Registration, standards: Standards) -> tuple[Registration, list[Notice]]:
    """Return the registration in the one spelling under which it is compared and stored.

    Raises the refusal of the first thing that cannot be read; ill fields are only noticed.
    """
    warnings: list[Notice] = []
    accounts = [profile.source_account_id for profile in given.profiles]
    if len(set(accounts)) < len(accounts):
        raise errors.SourceAccountTwice()
    profiles = [normalise_profile(profile, standards, warnings) for profile in given.profiles]
    if not any(profile.identifiers or profile.cards for profile in profiles):
        raise errors.NoIdentifier()
    return Registration(
        profiles=profiles,
        loyalty_type=given.loyalty_type,
        extended_fields=present(
            checked_fields(
                given.extended_fields,
                standards.extended_fields,
                standards.zone,
                notices.EXTENDED_FIELD_INVALID,
                warnings,
            )
        ),
        registered_at=given.registered_at,
        associated_with_id=given.associated_with_id,
        end_points=given.end_points,
    ), warnings


def normalise_profile(
    given: ProfileEntry, standards: Standards, warnings: list[Notice]
) -> ProfileEntry:
    """Clean one profile; names that are None stay None, which means "not said"."""
    return ProfileEntry(
        source_account_id=given.source_account_id,
        first_name=_name(given.first_name),
        last_name=_name(given.last_name),
        fields=checked_fields(
            given.fields, standards.fields, standards.zone, notices.FIELD_INVALID, warnings
        ),
        identifiers=normalise_keys(given.identifiers, standards),
        channels=_channels(given.channels, standards),
        cards=read_card_keys(given.cards),
    )


def normalise_keys(given: Sequence[tuple[str, Any]], standards: Standards) -> list[Key]:
    """Clean identifiers, each once, in the order given.

    Raises:
        IdentifierInvalid: an unknown type, or a card, which only loyalty issues.
        MobileInvalid, EmailInvalid, ExternalIdInvalid: a value that cannot be read.
    """
    keys: dict[Key, None] = {}
    for raw_type, raw_value in given:
        kind = canonical_type(raw_type)
        if kind is None or kind in CARD_TYPES:
            raise errors.IdentifierInvalid(kind=raw_type)
        value = normalise_identifier(
            kind,
            raw_value,
            default_country=standards.default_country,
            strict_mobile=standards.strict_mobile,
        )
        if value is None:
            raise _IDENTIFIER_REFUSALS.get(kind, errors.IdentifierInvalid)(kind=kind)
        keys[kind, value] = None
    return list(keys)


def checked_fields(
    given: Mapping[str, Any],
    rules: Mapping[str, FieldRule],
    zone: tzinfo,
    notice: str,
    warnings: list[Notice],
) -> dict[str, Any]:
    """Keep the values that fit their definitions and notice the others; None clears a value."""
    if not given:
        return {}
    accepted, problems = check_values(given, rules, zone=zone)
    warnings += [Notice(notice, name=problem.name, reason=problem.reason) for problem in problems]
    return accepted


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is to be cleared."""
    return {name: value for name, value in values.items() if value is not None}


def decide(picture: Picture, registration: Registration, newcomer: int) -> Verdict:
    """Find whose registration this is, and paint it into the picture.

    ``newcomer`` stands for the customer that would be made. Raises, by rule 2.3 and in its order,
    IdentifierRegistered, IdentifiersOfSeveralCustomers or SourceAccountShared.
    """
    owners: set[int] = set()
    for profile in registration.profiles:
        for key in (*profile.identifiers, *profile.cards):
            owner = picture.owners.get(key)
            if owner is None:
                continue
            if picture.holds(key, profile.source_account_id):
                raise errors.IdentifierRegistered(kind=key[0], customer_id=owner)
            owners.add(owner)
    if len(owners) > 1:
        raise errors.IdentifiersOfSeveralCustomers()
    customer = owners.pop() if owners else newcomer
    for profile in registration.profiles:
        if picture.profile_of(customer, profile.source_account_id) is not None:
            raise errors.SourceAccountShared(customer_id=customer)
    for profile in registration.profiles:
        picture.add_profile(customer, profile.source_account_id, profile.identifiers)
    return Verdict(customer, is_new=customer == newcomer)


def _name(raw: Any) -> str | None:
    if raw is None:
        return None
    name = clean_name(raw)
    if name is None:
        raise errors.NameInvalid()
    return name


def read_card_keys(given: Sequence[tuple[str, Any]]) -> list[Key]:
    """Clean numbers and external ids of cards.

    Raises:
        IdentifierInvalid: another type, or a value that cannot be read.
    """
    keys = []
    for raw_type, raw_value in given:
        kind = canonical_type(raw_type)
        if kind not in CARD_TYPES:
            raise errors.IdentifierInvalid(kind=raw_type)
        value = normalise_identifier(kind, raw_value, default_country="", strict_mobile=False)
        if value is None:
            raise errors.IdentifierInvalid(kind=kind)
        keys.append((kind, value))
    return keys


def _channels(given: Sequence[Channel], standards: Standards) -> list[Channel]:
    """Clean channels, each once; where several claim to be the primary one, the last is."""
    channels: dict[Key, Channel] = {}
    primaries: dict[str, Key] = {}
    for raw in given:
        kind = canonical_channel(raw.type)
        if kind is None:
            raise errors.ChannelInvalid(kind=raw.type)
        value = normalise_identifier(
            _CHANNEL_VALUES.get(kind, kind),
            raw.value,
            default_country=standards.default_country,
            strict_mobile=standards.strict_mobile,
        )
        if value is None:
            raise _CHANNEL_REFUSALS.get(kind, errors.ChannelInvalid)(kind=kind)
        channels[kind, value] = Channel(
            type=kind,
            value=value,
            is_primary=raw.is_primary,
            is_verified=raw.is_verified,
            meta=raw.meta,
            attributes=raw.attributes,
        )
        if raw.is_primary:
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
