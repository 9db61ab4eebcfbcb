"""What an update changes, worked out without the database (contract, operations 2 and 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crm.kernel.errors import Notice
from customers import errors, notices
from customers.rules.identity_state import Key
from customers.rules.registration import (
    CARD_TYPES,
    Channel,
    ProfileEntry,
    Standards,
    checked_fields,
    normalise_keys,
    normalise_profile,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChange:
    """New details of a known customer; None and what is not named stay as they are.

    Identifiers in the profiles are only compared: an update never changes any.
    """

    customer_id: int
    profiles: Sequence[ProfileEntry] = ()
    loyalty_type: str | None = None
    extended_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class StoredChannel:
    """A channel as it stands; ``pk`` None: yet to be written."""

    pk: int | None
    type: str
    value: str
    is_primary: bool
    is_verified: bool
    meta: dict[str, Any]
    attributes: dict[str, Any]

    def as_json(self) -> list[Any]:
        return [
            self.type,
            self.value,
            self.is_primary,
            self.is_verified,
            self.meta,
            self.attributes,
        ]


def normalise_change(
    given: CustomerChange, standards: Standards
) -> tuple[CustomerChange, list[Notice], dict[int, list[Key]]]:
    """Clean a change; identifiers come back beside it, by source account, those unread left out.

    Raises the refusal of the first name or channel that cannot be read.
    """
    warnings: list[Notice] = []
    accounts = [profile.source_account_id for profile in given.profiles]
    if len(set(accounts)) < len(accounts):
        raise errors.SourceAccountTwice()
    named: dict[int, list[Key]] = {}
    profiles = []
    for profile in given.profiles:
        named[profile.source_account_id] = _readable_keys(profile.identifiers, standards, warnings)
        bare = ProfileEntry(
            source_account_id=profile.source_account_id,
            first_name=profile.first_name,
            last_name=profile.last_name,
            fields=profile.fields,
            channels=profile.channels,
        )
        profiles.append(normalise_profile(bare, standards, warnings))
    clean = CustomerChange(
        customer_id=given.customer_id,
        profiles=profiles,
        loyalty_type=given.loyalty_type,
        extended_fields=checked_fields(
            given.extended_fields,
            standards.extended_fields,
            standards.zone,
            notices.EXTENDED_FIELD_INVALID,
            warnings,
        ),
    )
    return clean, warnings, named


def merged_fields(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Overlay given values on stored ones; None takes a field away."""
    values = {**stored, **given}
    return {name: value for name, value in values.items() if value is not None}


def upsert_channels(
    stored: Sequence[StoredChannel], given: Sequence[Channel]
) -> tuple[list[StoredChannel], list[StoredChannel]]:
    """Return the channels that change or are new, as they were and as they will be.

    A channel is known by type and value. A new primary one takes that from the others of its type.
    """
    by_key = {(channel.type, channel.value): channel for channel in stored}
    after: dict[Key, StoredChannel] = {}
    for entry in given:
        key = entry.type, entry.value
        now = after.get(key) or by_key.get(key)
        after[key] = StoredChannel(
            pk=now.pk if now else None,
            type=entry.type,
            value=entry.value,
            is_primary=_said(entry.is_primary, now.is_primary if now else False),
            is_verified=_said(entry.is_verified, now.is_verified if now else False),
            meta=dict(entry.meta if entry.meta is not None else now.meta if now else {}),
            attributes=dict(
                entry.attributes if entry.attributes is not None else now.attributes if now else {}
            ),
        )
    named = {entry.type: (entry.type, entry.value) for entry in given if entry.is_primary}
    for key, channel in by_key.items():
        if channel.is_primary and key not in after and channel.type in named:
            after[key] = replace(channel)
    for key, channel in after.items():
        # Of two that would be primary, the one that this change names is.
        if channel.is_primary and named.get(channel.type, key) != key:
            channel.is_primary = False
    changed = [key for key, channel in after.items() if by_key.get(key) != channel]
    before = [by_key[key] for key in changed if key in by_key]
    return before, [after[key] for key in changed]


def _readable_keys(
    given: Sequence[tuple[str, Any]], standards: Standards, warnings: list[Notice]
) -> list[Key]:
    keys: list[Key] = []
    for pair in given:
        if pair[0].lower() in {kind.lower() for kind in CARD_TYPES}:
            continue
        try:
            keys += normalise_keys([pair], standards)
        except (
            errors.IdentifierInvalid,
            errors.MobileInvalid,
            errors.EmailInvalid,
            errors.ExternalIdInvalid,
        ):
            warnings.append(Notice(notices.IDENTIFIER_UNCHANGED, kind=pair[0]))
    return keys


def _said(given: bool | None, stored: bool) -> bool:
    return stored if given is None else given
