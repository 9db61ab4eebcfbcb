"""Restore names, fields, channels and consent that an import had changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.staff_texts import StaffText, TextTemplate
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Channel, Customer, Profile, Subscription
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.search_index import reindex_customers
from customers.operations.subscriptions.write_consent import ConsentChange, write_consent

VALUE_CHANGED = TextTemplate("{name} was changed since")
CUSTOMER_FIELDS = ("loyalty_type", "extended_fields")
PROFILE_FIELDS = ("first_name", "last_name", "fields")
CHANNEL_COLUMNS = ("type", "value", "is_primary", "is_verified", "meta", "attributes")
REASON = "Undo of an import"

ChannelKey = tuple[int, str, str]
ConsentKey = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True)
class Restoration:
    """What an update changed, as its result says it: values before and after."""

    customer_id: int
    account_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(slots=True)
class _Stored:
    """The rows as they are, changed in memory by one restoration after another."""

    customers: dict[int, Customer]
    profiles: dict[tuple[int, int], Profile]
    channels: dict[ChannelKey, Channel]
    consents: dict[ConsentKey, Subscription]
    changed_customers: dict[int, Customer] = field(default_factory=dict)
    changed_profiles: dict[int, Profile] = field(default_factory=dict)
    changed_channels: dict[ChannelKey, Channel] = field(default_factory=dict)
    removed_channels: set[int] = field(default_factory=set)
    consent_changes: list[ConsentChange] = field(default_factory=list)
    unset_consents: set[int] = field(default_factory=set)


@within_unit_of_work
def restore_details(*, origin: Origin, restorations: Sequence[Restoration]) -> dict[int, StaffText]:
    """Restore the values from before; return which could not, by their place in the list.

    A restoration is left out as a whole when one of its values is no longer what was written.
    The number of queries does not depend on the length of the list.
    """
    stored = _load_rows(restorations)
    obstacles: dict[int, StaffText] = {}
    done: list[Restoration] = []
    for index, restoration in enumerate(restorations):
        changed = next(_find_changed(stored, restoration), None)
        if changed is not None:
            obstacles[index] = VALUE_CHANGED(name=changed.replace("_", " "))
            continue
        _restore(stored, restoration)
        done.append(restoration)
    _write_rows(origin, stored)
    record_events(
        origin=origin,
        events=[
            NewEvent("customer.restored", "customer", r.customer_id, {**r.after}, {**r.before})
            for r in done
        ],
    )
    return obstacles


def _load_rows(restorations: Sequence[Restoration]) -> _Stored:
    customers = lock_customers({r.customer_id for r in restorations})
    profiles = {
        (profile.customer_id, profile.source_account_id): profile
        for profile in Profile.objects.filter(customer_id__in=customers)
    }
    channels = {
        (channel.profile_id, channel.type, channel.value): channel
        for channel in Channel.objects.filter(profile__in=list(profiles.values()))
    }
    consents = {
        (row.customer_id, row.source_account_id, row.channel, row.priority): row
        for row in Subscription.objects.filter(customer_id__in=customers, org_unit__isnull=True)
    }
    return _Stored(customers, profiles, channels, consents)


def _find_changed(stored: _Stored, restoration: Restoration) -> Iterator[str]:
    """Yield the names of values that are no longer what the import wrote."""
    customer = stored.customers.get(restoration.customer_id)
    if customer is None or customer.merged_into_id is not None:
        yield "customer"
        return
    before, after = restoration.before, restoration.after
    yield from _compare(customer, CUSTOMER_FIELDS, before, after)
    for account, new in after.get("profiles", {}).items():
        profile = stored.profiles.get((customer.pk, int(account)))
        if profile is None:
            yield "profile"
            continue
        yield from _compare(profile, PROFILE_FIELDS, before["profiles"][account], new)
        for channel in new.get("channels", []):
            row = stored.channels.get((profile.pk, channel[0], channel[1]))
            if row is None or [getattr(row, name) for name in CHANNEL_COLUMNS] != channel:
                yield str(channel[0])
    for name, status in after.get("consent", {}).items():
        consent = stored.consents.get(_get_consent_key(restoration, name))
        if consent is None or consent.status != status:
            yield name


def _compare(
    row: Any, names: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str]:
    for name in names:
        if name not in after:
            continue
        if isinstance(after[name], Mapping):
            current = getattr(row, name)
            for key in _list_changed_keys(before[name], after[name]):
                if current.get(key) != after[name].get(key):
                    yield key
        elif getattr(row, name) != after[name]:
            yield name


def _list_changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [key for key in {**before, **after} if before.get(key) != after.get(key)]


def _restore(stored: _Stored, restoration: Restoration) -> None:
    before, after = restoration.before, restoration.after
    customer = stored.customers[restoration.customer_id]
    if _set_values(customer, CUSTOMER_FIELDS, before, after):
        stored.changed_customers[customer.pk] = customer
    for account, new in after.get("profiles", {}).items():
        old = before["profiles"][account]
        profile = stored.profiles[customer.pk, int(account)]
        if _set_values(profile, PROFILE_FIELDS, old, new):
            stored.changed_profiles[profile.pk] = profile
        old_channels = {(c[0], c[1]): c for c in old.get("channels", [])}
        for channel in new.get("channels", []):
            key = profile.pk, channel[0], channel[1]
            row = stored.channels[key]
            values = old_channels.get((channel[0], channel[1]))
            if values is None:
                stored.removed_channels.add(row.pk)
                del stored.channels[key]
                stored.changed_channels.pop(key, None)
            else:
                for name, value in zip(CHANNEL_COLUMNS, values, strict=True):
                    setattr(row, name, value)
                stored.changed_channels[key] = row
    for name, status in after.get("consent", {}).items():
        _restore_consent(stored, restoration, name, status)


def _set_values(
    row: Any, names: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    changed = [name for name in names if name in after]
    for name in changed:
        value = before[name]
        if isinstance(value, Mapping):
            value = {**getattr(row, name)}
            for key in _list_changed_keys(before[name], after[name]):
                if key in before[name]:
                    value[key] = before[name][key]
                else:
                    value.pop(key, None)
        setattr(row, name, value)
    return bool(changed)


def _get_consent_key(restoration: Restoration, name: str) -> ConsentKey:
    channel, priority = name.split(" ")
    return restoration.customer_id, restoration.account_id, channel, priority


def _restore_consent(stored: _Stored, restoration: Restoration, name: str, status: str) -> None:
    key = _get_consent_key(restoration, name)
    previous = restoration.before["consent"][name]
    _, account_id, channel, priority = key
    if not previous:
        stored.unset_consents.add(stored.consents.pop(key).pk)
        return
    stored.consent_changes.append(
        ConsentChange(
            customer_id=restoration.customer_id,
            consent_key=(channel, priority, account_id, None, ""),
            previous_status=status,
            status=previous,
            reason=REASON,
            campaign_id=-1,
            communication_id=-1,
        )
    )


def _write_rows(origin: Origin, stored: _Stored) -> None:
    bulk_update(
        Customer,
        CUSTOMER_FIELDS,
        [(c.pk, c.loyalty_type, c.extended_fields) for c in stored.changed_customers.values()],
    )
    bulk_update(
        Profile,
        PROFILE_FIELDS,
        [(p.pk, p.first_name, p.last_name, p.fields) for p in stored.changed_profiles.values()],
    )
    Channel.objects.filter(pk__in=stored.removed_channels).delete()
    # First those that stop being primary: the constraint allows only one per type at any time.
    for primary in (False, True):
        bulk_update(
            Channel,
            CHANNEL_COLUMNS[2:],
            [
                (c.pk, c.is_primary, c.is_verified, c.meta, c.attributes)
                for c in stored.changed_channels.values()
                if c.is_primary is primary
            ],
        )
    Subscription.objects.filter(pk__in=stored.unset_consents).delete()
    if stored.consent_changes:
        write_consent(
            origin=origin,
            changes=stored.consent_changes,
            stored_ids={
                (customer_id, (channel, priority, account_id, None, "")): row.pk
                for (customer_id, account_id, channel, priority), row in stored.consents.items()
            },
        )
    reindex_customers(
        org_id=origin.org.pk,
        customer_ids={profile.customer_id for profile in stored.changed_profiles.values()},
    )
