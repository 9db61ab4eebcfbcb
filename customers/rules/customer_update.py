"""What an update changes, decided without the database (contract, operations 2 and 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from crm.kernel.errors import Notice
from customers import errors, notices
from customers.rules.identifiers import CARD_TYPES, Channel, IdentitySettings, Key, normalise_keys
from customers.rules.registration import ProfileEntry, check_fields, normalise_profile
from customers.rules.text import clean_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChange:
    """New details of a known customer. None leaves a value as it is.

    Identifiers in the profiles are only compared: an update never changes them. ``seen_at`` is
    when the customer was last changed as the caller saw it; None is not compared. The ``reason``
    is kept with the audit event.
    """

    customer_id: int
    profiles: Sequence[ProfileEntry] = ()
    loyalty_type: str | None = None
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    seen_at: datetime | None = None
    reason: str = ""


@dataclass(slots=True)
class StoredChannel:
    """A channel in the database, or a new one, whose ``pk`` is None."""

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
    change: CustomerChange, identity_settings: IdentitySettings
) -> tuple[CustomerChange, list[Notice], dict[int, list[Key]]]:
    """Return the normalised change, its warnings, and its identifiers by source account.

    Identifiers that cannot be read are left out with a warning. Raises the error of the first
    name or channel that cannot be read.
    """
    warnings: list[Notice] = []
    accounts = [profile.source_account_id for profile in change.profiles]
    if len(set(accounts)) < len(accounts):
        raise errors.SourceAccountTwice()
    keys_by_account: dict[int, list[Key]] = {}
    profiles = []
    for profile in change.profiles:
        keys_by_account[profile.source_account_id] = _normalise_readable_keys(
            profile.identifiers, identity_settings, warnings
        )
        without_identifiers = ProfileEntry(
            source_account_id=profile.source_account_id,
            first_name=profile.first_name,
            last_name=profile.last_name,
            fields=profile.fields,
            channels=profile.channels,
        )
        profiles.append(normalise_profile(without_identifiers, identity_settings, warnings))
    clean = CustomerChange(
        customer_id=change.customer_id,
        profiles=profiles,
        loyalty_type=change.loyalty_type,
        extended_fields=check_fields(
            change.extended_fields,
            identity_settings.extended_fields,
            identity_settings.zone,
            notices.EXTENDED_FIELD_INVALID,
            warnings,
        ),
        seen_at=change.seen_at,
        reason=clean_reason(change.reason),
    )
    return clean, warnings, keys_by_account


def merge_fields(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored values with the changes applied; None removes a field."""
    values = {**stored, **changes}
    return {name: value for name, value in values.items() if value is not None}


def upsert_channels(
    stored: Sequence[StoredChannel], entries: Sequence[Channel]
) -> tuple[list[StoredChannel], list[StoredChannel]]:
    """Return the channels that change: their state before, and their state after.

    Type and value identify a channel. A new primary channel replaces the primary one of its type.
    """
    by_key = {(channel.type, channel.value): channel for channel in stored}
    after: dict[Key, StoredChannel] = {}
    for entry in entries:
        key = entry.type, entry.value
        current = after.get(key) or by_key.get(key)
        after[key] = StoredChannel(
            pk=current.pk if current else None,
            type=entry.type,
            value=entry.value,
            is_primary=_choose_flag(entry.is_primary, current.is_primary if current else False),
            is_verified=_choose_flag(entry.is_verified, current.is_verified if current else False),
            meta=dict(entry.meta if entry.meta is not None else current.meta if current else {}),
            attributes=dict(
                entry.attributes
                if entry.attributes is not None
                else current.attributes
                if current
                else {}
            ),
        )
    new_primaries = {entry.type: (entry.type, entry.value) for entry in entries if entry.is_primary}
    for key, channel in by_key.items():
        if channel.is_primary and key not in after and channel.type in new_primaries:
            after[key] = replace(channel)
    for key, channel in after.items():
        # If two channels would be primary, the one in this change wins.
        if channel.is_primary and new_primaries.get(channel.type, key) != key:
            channel.is_primary = False
    changed = [key for key, channel in after.items() if by_key.get(key) != channel]
    before = [by_key[key] for key in changed if key in by_key]
    return before, [after[key] for key in changed]


def _normalise_readable_keys(
    identifiers: Sequence[tuple[str, Any]],
    identity_settings: IdentitySettings,
    warnings: list[Notice],
) -> list[Key]:
    keys: list[Key] = []
    for pair in identifiers:
        if pair[0].lower() in {kind.lower() for kind in CARD_TYPES}:
            continue
        try:
            keys += normalise_keys([pair], identity_settings)
        except (
            errors.IdentifierInvalid,
            errors.MobileInvalid,
            errors.EmailInvalid,
            errors.ExternalIdInvalid,
        ):
            warnings.append(Notice(notices.IDENTIFIER_UNCHANGED, kind=pair[0]))
    return keys


def _choose_flag(new_value: bool | None, stored_value: bool) -> bool:
    return stored_value if new_value is None else new_value
