"""Writing decided registrations: every table for the whole list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import Insert, insert_together
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Channel, Customer, Profile, ProfileIdentifier
from customers.operations.customers.search_index import build_search_rows, reindex_customers
from customers.rules.identifiers import Key
from customers.rules.registration import ProfileEntry, Registration, drop_cleared


@dataclass(frozen=True, slots=True)
class AcceptedRegistration:
    """An accepted registration and the customer it belongs to."""

    customer_id: int
    is_new: bool
    clean: Registration


@within_unit_of_work
def write_registrations(
    *,
    origin: Origin,
    registrations: Sequence[AcceptedRegistration],
    profile_ids: Sequence[int],
    identifier_ids: Mapping[Key, int],
) -> None:
    """Write customers, profiles, channels, search rows and events of accepted registrations.

    The identifiers exist already (``identifier_ids``), and existing customers are locked.
    ``profile_ids`` are the keys for the profiles of all registrations, in order.
    """
    new_customers = [accepted for accepted in registrations if accepted.is_new]
    new_customer_ids = {accepted.customer_id for accepted in new_customers}
    existing = [
        accepted
        for accepted in registrations
        if not accepted.is_new and accepted.customer_id not in new_customer_ids
    ]
    insert_together(
        [
            _build_customer_rows(origin, new_customers),
            *_build_profile_rows(origin, registrations, profile_ids, identifier_ids),
            build_search_rows(
                org_id=origin.org.pk,
                profiles=(
                    (accepted.customer_id, profile)
                    for accepted in registrations
                    if accepted.customer_id in new_customer_ids
                    for profile in accepted.clean.profiles
                ),
            ),
        ]
    )
    _fill_existing_customers(
        origin, [accepted for accepted in registrations if not accepted.is_new]
    )
    reindex_customers(
        org_id=origin.org.pk, customer_ids={accepted.customer_id for accepted in existing}
    )
    record_events(origin=origin, events=[_build_event(accepted) for accepted in registrations])


def _build_customer_rows(origin: Origin, new_customers: Sequence[AcceptedRegistration]) -> Insert:
    return Insert(
        Customer,
        (
            "id",
            "org_id",
            "loyalty_type",
            "extended_fields",
            "end_points",
            "registered_by_id",
            "registered_in_id",
            "registered_at",
            "associated_with_id",
            "modified_by_id",
            "modified_at",
            "fraud_status",
        ),
        [
            (
                accepted.customer_id,
                origin.org.pk,
                accepted.clean.loyalty_type,
                accepted.clean.extended_fields,
                list(accepted.clean.end_points),
                origin.actor_id,
                accepted.clean.profiles[0].source_account_id,
                accepted.clean.registered_at or origin.at,
                accepted.clean.associated_with_id,
                origin.actor_id,
                origin.at,
                Customer.FraudStatus.NOT_FRAUD,
            )
            for accepted in new_customers
        ],
    )


def _build_profile_rows(
    origin: Origin,
    registrations: Sequence[AcceptedRegistration],
    ids: Sequence[int],
    identifier_ids: Mapping[Key, int],
) -> list[Insert]:
    entries = [
        (accepted, profile) for accepted in registrations for profile in accepted.clean.profiles
    ]
    profiles = Insert(
        Profile,
        (
            "id",
            "customer_id",
            "source_account_id",
            "first_name",
            "last_name",
            "fields",
            "created_by_id",
            "created_at",
            "modified_by_id",
            "modified_at",
        ),
        [
            (
                pk,
                accepted.customer_id,
                profile.source_account_id,
                profile.first_name or "",
                profile.last_name or "",
                drop_cleared(profile.fields),
                origin.actor_id,
                accepted.clean.registered_at or origin.at,
                origin.actor_id,
                origin.at,
            )
            for pk, (accepted, profile) in zip(ids, entries, strict=True)
        ],
    )
    links = Insert(
        ProfileIdentifier,
        ("profile_id", "identifier_id"),
        [
            (pk, identifier_ids[key])
            for pk, (_, profile) in zip(ids, entries, strict=True)
            for key in profile.identifiers
        ],
    )
    channels = Insert(
        Channel,
        ("profile_id", "type", "value", "is_primary", "is_verified", "meta", "attributes"),
        [
            (
                pk,
                channel.type,
                channel.value,
                bool(channel.is_primary),
                bool(channel.is_verified),
                dict(channel.meta or {}),
                dict(channel.attributes or {}),
            )
            for pk, (_, profile) in zip(ids, entries, strict=True)
            for channel in profile.channels
        ],
    )
    return [profiles, links, channels]


def _fill_existing_customers(origin: Origin, existing: Sequence[AcceptedRegistration]) -> None:
    """Fill blank fields of known customers, and upgrade their loyalty type; overwrite nothing."""
    if not existing:
        return
    customers = Customer.objects.in_bulk([accepted.customer_id for accepted in existing])
    for accepted in existing:
        customer = customers[accepted.customer_id]
        customer.extended_fields = accepted.clean.extended_fields | customer.extended_fields
        if accepted.clean.loyalty_type == Customer.LoyaltyType.LOYALTY:
            customer.loyalty_type = Customer.LoyaltyType.LOYALTY
        customer.modified_by_id, customer.modified_at = origin.actor_id, origin.at
    Customer.objects.bulk_update(
        customers.values(),
        ["extended_fields", "loyalty_type", "modified_by", "modified_at"],
        batch_size=500,
    )


def _build_event(accepted: AcceptedRegistration) -> NewEvent:
    return NewEvent(
        kind="customer.registered" if accepted.is_new else "customer.profile_added",
        subject_type="customer",
        subject_id=accepted.customer_id,
        after={
            "profiles": {
                str(profile.source_account_id): _describe_profile(profile)
                for profile in accepted.clean.profiles
            }
        },
    )


def _describe_profile(profile: ProfileEntry) -> dict[str, Any]:
    return {
        "first_name": profile.first_name or "",
        "last_name": profile.last_name or "",
        "identifiers": [list(key) for key in profile.identifiers],
    }
