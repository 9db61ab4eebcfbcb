"""Identifiers and channels: their types, and the normalised form of their values."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, NamedTuple

from crm.kernel.errors import DomainError
from crm.kernel.text import unify
from customers import errors
from customers.rules.emails import normalise_email
from customers.rules.fields import FieldRule
from customers.rules.mobiles import normalise_mobile
from customers.rules.text import is_writable

Key = tuple[str, str]  # an identifier's type and normalised value

IDENTIFIER_TYPES = (
    "mobile",
    "email",
    "externalId",
    "wechat",
    "martjackId",
    "fbId",
    "facebook",
    "tmall_uname",
    "cuid",
    "ali_uname",
    "jd_uname",
    "vip_uname",
    "line",
    "mobilePush",
    "unionId",
    "cardnumber",
    "cardExternalId",
)
CHANNEL_TYPES = (
    "mobile",
    "email",
    "wechat",
    "whatsapp",
    "ios",
    "android",
    "line",
    "mobilePush",
)
MAX_VALUE_LENGTH = 255

_TYPE_BY_SPELLING = {name.lower(): name for name in IDENTIFIER_TYPES} | {
    "card": "cardnumber",
    "external_id": "externalId",
}
_CHANNEL_BY_SPELLING = {name.lower(): name for name in CHANNEL_TYPES}

# No identifier is longer, and Python refuses to convert huge integers to text.
_NUMBER_LIMIT = 10**30
_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f]")

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
# The identifier type as which a channel's value is normalised, if it is not the channel's own.
_CHANNEL_VALUE_TYPES = {"whatsapp": "mobile"}
# The sources whose profiles may have a channel of this type; other types are for all sources.
CHANNEL_SOURCES: Mapping[str, Collection[str]] = {
    "mobilePush": frozenset({"MOBILE_APP", "INSTORE", "MARTJACK", "ECOMMERCE", "WEBSITE"}),
}


class NormalisedKey(NamedTuple):
    """A ``Key`` among raw identifiers and channels; it is not normalised again."""

    type: str
    value: str


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
class IdentitySettings:
    """The organization's settings that normalisation depends on."""

    default_country: str
    strict_mobile: bool
    zone: tzinfo
    fields: Mapping[str, FieldRule]
    extended_fields: Mapping[str, FieldRule]
    # The source of each source account.
    sources: Mapping[int, str] = field(default_factory=dict)


def canonical_type(raw: str) -> str | None:
    """Return the wire name of an identifier type, given in any case or an older spelling."""
    return _TYPE_BY_SPELLING.get(raw.strip().lower())


def canonical_channel(raw: str) -> str | None:
    """Return the wire name of a channel type, given in any case."""
    return _CHANNEL_BY_SPELLING.get(raw.strip().lower())


def normalise_identifier(
    identifier_type: str, raw: object, *, default_country: str, strict_mobile: bool
) -> str | None:
    """Return the normalised value, as it is compared and stored, or None if it is not valid.

    A whole number is read as its digits. Characters that show nothing are dropped, and letters of
    another width or joined ones are the plain ones: they never make a second value. A value is not
    valid if it is empty, too long, cannot be read, or contains control characters.

    A normalised value is normalised already: what is stored and shown means the same when it is
    given back.
    """
    text = _convert_to_text(raw)
    if text is None:
        return None
    if identifier_type == "mobile":
        return normalise_mobile(text, default_country=default_country, strict=strict_mobile)
    if identifier_type == "email":
        return normalise_email(text)
    return _normalise_text(text)


def restore_plus(value: str) -> str:
    """Return a mobile of a query, trimmed, with the plus that arrived as a blank.

    A plus that is not escaped in a query string means a blank. A blank that stands before no
    international number is one.
    """
    text = value.strip()
    if value[:1] != " " or not text[:1].isdigit():
        return text
    number = f"+{text}"
    return number if normalise_mobile(number, default_country="", strict=True) else text


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


def normalise_channels(
    entries: Sequence[Channel], identity_settings: IdentitySettings, source_account_id: int
) -> list[Channel]:
    """Normalise channels without duplicates; of several primary ones of a type the last wins."""
    source = identity_settings.sources.get(source_account_id)
    channels: dict[Key, Channel] = {}
    primaries: dict[str, Key] = {}
    for entry in entries:
        kind = canonical_channel(entry.type)
        if kind is None:
            raise errors.ChannelInvalid(kind=entry.type)
        if source not in CHANNEL_SOURCES.get(kind, {source}):
            raise errors.ChannelInvalid(kind=kind)
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


def _convert_to_text(raw: object) -> str | None:
    if isinstance(raw, str):
        return raw
    # True is an int in Python, but not an identifier.
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < _NUMBER_LIMIT:
        return str(raw)
    return None


def _normalise_text(text: str) -> str | None:
    if len(text) > 4 * MAX_VALUE_LENGTH:
        return None
    value = unify(text).strip()
    if not value or len(value) > MAX_VALUE_LENGTH:
        return None
    if not value.isprintable() and (_CONTROL_CHARACTERS.search(value) or not is_writable(value)):
        return None
    return value
