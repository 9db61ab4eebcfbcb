"""Updating customers, except for their identifiers (operations 2 and 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors, notices
from customers.models import Channel, Customer, Identifier, Profile, ProfileIdentifier
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.search_index import reindex_customers
from customers.queries.customers.active import get_active_customer
from customers.queries.fields import get_identity_settings
from customers.queries.status_effects import check_status, get_status_effects
from customers.rules.customer_update import (
    CustomerChange,
    StoredChannel,
    merge_fields,
    normalise_change,
    upsert_channels,
)
from customers.rules.identifiers import Key
from customers.rules.registration import ProfileEntry, check_non_loyalty
from customers.rules.status_effects import UPDATES

NON_LOYALTY = Customer.LoyaltyType.NON_LOYALTY
CHANNEL_COLUMNS = ("type", "value", "is_primary", "is_verified", "meta", "attributes")


@dataclass(slots=True)
class CustomerUpdateResult:
    """The result of one change; ``before`` and ``after`` contain only what differs."""

    customer_id: int
    changed: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _StoredRows:
    """The rows that the whole list concerns, including the changes of earlier items."""

    customers: dict[int, Customer]
    profiles: dict[tuple[int, int], Profile]
    channels: dict[int, list[StoredChannel]]
    keys: dict[int, set[Key]]
    # Of the customers whose type would be non-loyalty: the types of their identifiers.
    kinds: dict[int, set[str]]
    changed_customers: dict[int, Customer] = field(default_factory=dict)
    changed_profiles: dict[int, Profile] = field(default_factory=dict)
    changed_channels: dict[tuple[int, str, str], StoredChannel] = field(default_factory=dict)
    renamed: set[int] = field(default_factory=set)


@within_unit_of_work
def update_customer(*, origin: Origin, change: CustomerChange) -> CustomerUpdateResult:
    """Change a customer's names, fields, channels or loyalty type.

    Reference: "Update Customer Details". Identifiers that the profile lacks cause notices (91006).

    Raises:
        CustomerUnknown, CustomerMerged: the customer does not exist or was merged.
        StatusBlocksUpdates: the customer's status label blocks it.
        NoProfileInSource: the customer has no profile in a named source account.
        LoyaltyDowngrade: a loyalty customer cannot become a non-loyalty customer.
        NonLoyaltyWithoutIdentifier: one who becomes non-loyalty has no mobile and no email.
        CustomerChangedMeanwhile: they changed since ``seen_at``.
        ReasonInvalid: the reason is too long or cannot be stored.
        ChannelInvalid, ChannelMobileInvalid, ChannelEmailInvalid, NameInvalid,
        SourceAccountTwice: the change is not valid.
    """
    [outcome] = update_customers(origin=origin, changes=[change])
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


@within_unit_of_work
def update_customers(
    *, origin: Origin, changes: Sequence[CustomerChange]
) -> list[CustomerUpdateResult]:
    """Update a list and return one result for each item; a refused item does not affect others."""
    customers = lock_customers({change.customer_id for change in changes})
    stored = _load_rows(customers, changes)
    outcomes = _apply_changes(origin, changes, stored)
    _write_rows(origin, stored)
    record_events(
        origin=origin,
        events=[
            NewEvent("customer.updated", "customer", o.customer_id, o.before, o.after)
            for o in outcomes
            if o.changed
        ],
    )
    return outcomes


def plan_updates(
    *, origin: Origin, changes: Sequence[CustomerChange]
) -> list[CustomerUpdateResult]:
    """Return what ``update_customers`` would change, without writing anything."""
    customers = Customer.objects.in_bulk({change.customer_id for change in changes})
    return _apply_changes(origin, changes, _load_rows(customers, changes))


def _load_rows(customers: Mapping[int, Customer], changes: Sequence[CustomerChange]) -> _StoredRows:
    accounts = {p.source_account_id for change in changes for p in change.profiles}
    profiles = {
        (profile.customer_id, profile.source_account_id): profile
        for profile in Profile.objects.filter(
            customer_id__in=customers, source_account_id__in=accounts, closed_at__isnull=True
        )
    }
    pks = [profile.pk for profile in profiles.values()]
    channels: dict[int, list[StoredChannel]] = {pk: [] for pk in pks}
    if any(profile.channels for change in changes for profile in change.profiles):
        for pk, profile_id, *values in Channel.objects.filter(profile_id__in=pks).values_list(
            "pk", "profile_id", *CHANNEL_COLUMNS
        ):
            channels[profile_id].append(StoredChannel(pk, *values))
    keys: dict[int, set[Key]] = {pk: set() for pk in pks}
    if any(profile.identifiers for change in changes for profile in change.profiles):
        for profile_id, kind, value in ProfileIdentifier.objects.filter(
            profile_id__in=pks
        ).values_list("profile_id", "identifier__type", "identifier__value"):
            keys[profile_id].add((kind, value))
    return _StoredRows(dict(customers), profiles, channels, keys, _load_kinds(changes))


def _load_kinds(changes: Sequence[CustomerChange]) -> dict[int, set[str]]:
    kinds: dict[int, set[str]] = {
        change.customer_id: set() for change in changes if change.loyalty_type == NON_LOYALTY
    }
    if kinds:
        for customer_id, kind in Identifier.objects.filter(customer_id__in=kinds).values_list(
            "customer_id", "type"
        ):
            kinds[customer_id].add(kind)
    return kinds


def _apply_changes(
    origin: Origin, changes: Sequence[CustomerChange], stored: _StoredRows
) -> list[CustomerUpdateResult]:
    identity_settings = get_identity_settings(origin.org)
    effects = get_status_effects(origin.org.pk)
    outcomes = []
    for change in changes:
        outcome = CustomerUpdateResult(change.customer_id)
        outcomes.append(outcome)
        try:
            clean, outcome.notices, keys_by_account = normalise_change(change, identity_settings)
            customer = get_active_customer(origin, stored.customers, change.customer_id)
            check_status(effects, customer, UPDATES)
            profiles = [_get_profile(stored, customer, entry) for entry in clean.profiles]
            _check_loyalty_type(stored, customer, clean)
            if clean.seen_at is not None and clean.seen_at != customer.modified_at:
                raise errors.CustomerChangedMeanwhile()
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
            continue
        _change_customer(stored, customer, clean, outcome)
        for profile, entry in zip(profiles, clean.profiles, strict=True):
            unknown = set(keys_by_account[entry.source_account_id]) - stored.keys[profile.pk]
            outcome.notices += [
                Notice(notices.IDENTIFIER_UNCHANGED, kind=kind) for kind, _ in sorted(unknown)
            ]
            _change_profile(stored, profile, entry, outcome)
        if outcome.changed:
            if clean.reason:
                outcome.after["reason"] = clean.reason
            customer.modified_by_id, customer.modified_at = origin.actor_id, origin.at
            stored.changed_customers[customer.pk] = customer
    return outcomes


def _get_profile(stored: _StoredRows, customer: Customer, entry: ProfileEntry) -> Profile:
    profile = stored.profiles.get((customer.pk, entry.source_account_id))
    if profile is None:
        raise errors.NoProfileInSource()
    return profile


def _check_loyalty_type(stored: _StoredRows, customer: Customer, clean: CustomerChange) -> None:
    loyalty = Customer.LoyaltyType.LOYALTY
    if customer.loyalty_type == loyalty and clean.loyalty_type not in (None, loyalty):
        raise errors.LoyaltyDowngrade()
    if clean.loyalty_type == NON_LOYALTY != customer.loyalty_type:
        check_non_loyalty(clean.loyalty_type, stored.kinds[customer.pk])


def _change_customer(
    stored: _StoredRows, customer: Customer, clean: CustomerChange, outcome: CustomerUpdateResult
) -> None:
    new = {
        "loyalty_type": clean.loyalty_type or customer.loyalty_type,
        "extended_fields": merge_fields(customer.extended_fields, clean.extended_fields),
    }
    _set_and_record(customer, new, outcome, outcome.before, outcome.after)


def _change_profile(
    stored: _StoredRows, profile: Profile, entry: ProfileEntry, outcome: CustomerUpdateResult
) -> None:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    new = {
        "first_name": profile.first_name if entry.first_name is None else entry.first_name,
        "last_name": profile.last_name if entry.last_name is None else entry.last_name,
        "fields": merge_fields(profile.fields, entry.fields),
    }
    _set_and_record(profile, new, outcome, before, after)
    if {"first_name", "last_name"} & after.keys():
        stored.renamed.add(profile.customer_id)
    channels_before, channels_after = upsert_channels(stored.channels[profile.pk], entry.channels)
    if channels_after:
        outcome.changed = True
        before["channels"] = [channel.as_json() for channel in channels_before]
        after["channels"] = [channel.as_json() for channel in channels_after]
        _replace_channels(stored, profile.pk, channels_after)
    if after:
        stored.changed_profiles[profile.pk] = profile
        account = str(profile.source_account_id)
        outcome.before.setdefault("profiles", {})[account] = before
        outcome.after.setdefault("profiles", {})[account] = after


def _set_and_record(
    row: Customer | Profile,
    new: Mapping[str, Any],
    outcome: CustomerUpdateResult,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    for name, value in new.items():
        if (old := getattr(row, name)) != value:
            before[name], after[name] = old, value
            setattr(row, name, value)
            outcome.changed = True


def _replace_channels(
    stored: _StoredRows, profile_id: int, new_channels: list[StoredChannel]
) -> None:
    kept = {(channel.type, channel.value): channel for channel in stored.channels[profile_id]}
    for channel in new_channels:
        kept[channel.type, channel.value] = channel
        stored.changed_channels[profile_id, channel.type, channel.value] = channel
    stored.channels[profile_id] = list(kept.values())


def _write_rows(origin: Origin, stored: _StoredRows) -> None:
    bulk_update(
        Customer,
        ("loyalty_type", "extended_fields", "modified_by_id", "modified_at"),
        [
            (c.pk, c.loyalty_type, c.extended_fields, c.modified_by_id, c.modified_at)
            for c in stored.changed_customers.values()
        ],
    )
    bulk_update(
        Profile,
        ("first_name", "last_name", "fields", "modified_by_id", "modified_at"),
        [
            (p.pk, p.first_name, p.last_name, p.fields, origin.actor_id, origin.at)
            for p in stored.changed_profiles.values()
        ],
    )
    known = [c for c in stored.changed_channels.values() if c.pk is not None]
    columns = CHANNEL_COLUMNS[2:]
    # First those that stop being primary: the constraint allows only one per type at any time.
    for primary in (False, True):
        bulk_update(
            Channel,
            columns,
            [
                (c.pk, c.is_primary, c.is_verified, c.meta, c.attributes)
                for c in known
                if c.is_primary is primary
            ],
        )
    bulk_insert(
        Channel,
        ("profile_id", *CHANNEL_COLUMNS),
        [
            (profile_id, *channel.as_json())
            for (profile_id, _, _), channel in stored.changed_channels.items()
            if channel.pk is None
        ],
    )
    reindex_customers(org_id=origin.org.pk, customer_ids=stored.renamed)
