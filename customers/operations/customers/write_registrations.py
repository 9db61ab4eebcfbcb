"""Writing what registering decided: tables in turn, each for the whole list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Channel, Customer, Profile, ProfileIdentifier
from customers.operations.customers.search_index import index_again, index_newcomers
from customers.rules.identity_state import Key
from customers.rules.registration import ProfileEntry, Registration, present
from customers.rules.search_text import words_of_key, words_of_names


@dataclass(frozen=True, slots=True)
class Admission:
    """A registration that was let in, and as whom."""

    customer_id: int
    is_new: bool
    clean: Registration


@within_unit_of_work
def write_admissions(
    *,
    origin: Origin,
    admissions: Sequence[Admission],
    profile_ids: Sequence[int],
    identifier_ids: Mapping[Key, int],
) -> None:
    """Write customers, profiles, channels, search rows and events of admitted registrations.

    The identifiers are there already (``identifier_ids``), existing customers are locked, and
    ``profile_ids`` are keys for the profiles of all admissions in their order.
    """
    newcomers = [admission for admission in admissions if admission.is_new]
    made_here = {admission.customer_id for admission in newcomers}
    joiners = [a for a in admissions if not a.is_new and a.customer_id not in made_here]
    _write_customers(origin, newcomers)
    _write_profiles(origin, admissions, profile_ids, identifier_ids)
    _fill_existing(origin, [a for a in admissions if not a.is_new])
    index_newcomers(
        org_id=origin.org.pk,
        words=(
            (admission.customer_id, word)
            for admission in admissions
            if admission.customer_id in made_here
            for word in _words(admission)
        ),
    )
    index_again(org_id=origin.org.pk, customer_ids={a.customer_id for a in joiners})
    record_events(origin=origin, events=[_event(admission) for admission in admissions])


def _write_customers(origin: Origin, newcomers: Sequence[Admission]) -> None:
    bulk_insert(
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
                admission.customer_id,
                origin.org.pk,
                admission.clean.loyalty_type,
                admission.clean.extended_fields,
                list(admission.clean.end_points),
                origin.actor_id,
                admission.clean.profiles[0].source_account_id,
                admission.clean.registered_at or origin.at,
                admission.clean.associated_with_id,
                origin.actor_id,
                origin.at,
                Customer.FraudStatus.NOT_FRAUD,
            )
            for admission in newcomers
        ],
    )


def _write_profiles(
    origin: Origin,
    admissions: Sequence[Admission],
    ids: Sequence[int],
    identifier_ids: Mapping[Key, int],
) -> None:
    entries = [(a, profile) for a in admissions for profile in a.clean.profiles]
    bulk_insert(
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
                admission.customer_id,
                profile.source_account_id,
                profile.first_name or "",
                profile.last_name or "",
                present(profile.fields),
                origin.actor_id,
                admission.clean.registered_at or origin.at,
                origin.actor_id,
                origin.at,
            )
            for pk, (admission, profile) in zip(ids, entries, strict=True)
        ],
    )
    bulk_insert(
        ProfileIdentifier,
        ("profile_id", "identifier_id"),
        [
            (pk, identifier_ids[key])
            for pk, (_, profile) in zip(ids, entries, strict=True)
            for key in profile.identifiers
        ],
    )
    bulk_insert(
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


def _fill_existing(origin: Origin, joiners: Sequence[Admission]) -> None:
    """Registering never overwrites a known customer: it fills blanks and may raise to loyalty."""
    if not joiners:
        return
    customers = Customer.objects.in_bulk([admission.customer_id for admission in joiners])
    for admission in joiners:
        customer = customers[admission.customer_id]
        customer.extended_fields = admission.clean.extended_fields | customer.extended_fields
        if admission.clean.loyalty_type == Customer.LoyaltyType.LOYALTY:
            customer.loyalty_type = Customer.LoyaltyType.LOYALTY
        customer.modified_by_id, customer.modified_at = origin.actor_id, origin.at
    Customer.objects.bulk_update(
        customers.values(),
        ["extended_fields", "loyalty_type", "modified_by", "modified_at"],
        batch_size=500,
    )


def _words(admission: Admission) -> Iterator[tuple[str, str]]:
    for profile in admission.clean.profiles:
        yield from words_of_names(profile.first_name or "", profile.last_name or "")
        for key in profile.identifiers:
            yield from words_of_key(key)


def _event(admission: Admission) -> NewEvent:
    return NewEvent(
        kind="customer.registered" if admission.is_new else "customer.profile_added",
        subject_type="customer",
        subject_id=admission.customer_id,
        after={
            "profiles": {
                str(profile.source_account_id): _written(profile)
                for profile in admission.clean.profiles
            }
        },
    )


def _written(profile: ProfileEntry) -> dict[str, Any]:
    return {
        "first_name": profile.first_name or "",
        "last_name": profile.last_name or "",
        "identifiers": [list(key) for key in profile.identifiers],
    }
