"""Registrations, and how they are normalised (contract, rule 2.2)."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from crm.kernel.errors import Notice
from customers import errors, notices
from customers.rules.fields import FieldRule, check_values
from customers.rules.identifiers import (
    Channel,
    IdentitySettings,
    normalise_channels,
    normalise_keys,
    read_card_keys,
)
from customers.rules.text import is_writable

# Clocks of tills differ, and the day begins earlier in the east.
MAX_CLOCK_SKEW = timedelta(days=1)
MAX_NAME_LENGTH = 100
# A customer outside loyalty needs one of these.
REACHABLE_TYPES = frozenset({"mobile", "email"})

_CONTROL_CHARACTERS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Marks that show nothing, or change the direction of text: in a list of customers one name could
# look like another. Joiners stay: Indic and Persian names need them.
_MARKS = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


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
        channels=normalise_channels(profile.channels, identity_settings, profile.source_account_id),
        cards=read_card_keys(profile.cards),
    )


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


def check_non_loyalty(loyalty_type: str | None, kinds: Collection[str]) -> None:
    """Refuse to make a customer non-loyalty who has only identifiers of other ``kinds``.

    Raises:
        NonLoyaltyWithoutIdentifier: the customer has neither a mobile number nor an email address.
    """
    if loyalty_type == "NON_LOYALTY" and REACHABLE_TYPES.isdisjoint(kinds):
        raise errors.NonLoyaltyWithoutIdentifier()


def _normalise_name(raw: Any) -> str | None:
    if raw is None:
        return None
    name = clean_name(raw)
    if name is None:
        raise errors.NameInvalid()
    return name


def clean_name(raw: object) -> str | None:
    """Return the name trimmed, with single spaces and without control characters.

    None as input gives the empty name. The result is None if the value is not text, is longer
    than ``MAX_NAME_LENGTH``, or contains characters that cannot be stored.
    """
    if raw is None:
        return ""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**MAX_NAME_LENGTH:
        raw = str(raw)
    if not isinstance(raw, str) or len(raw) > 10 * MAX_NAME_LENGTH:
        return None
    name = raw if raw.isascii() and raw.isprintable() else _remove_marks(raw)
    if name is None:
        return None
    name = " ".join(name.split())
    return name if len(name) <= MAX_NAME_LENGTH else None


def _remove_marks(raw: str) -> str | None:
    # Tabs and line breaks become spaces first, so that words stay apart.
    name = _MARKS.sub("", _CONTROL_CHARACTERS.sub("", " ".join(raw.split())))
    return unicodedata.normalize("NFC", name) if is_writable(name) else None
