"""Everything the staff's page about one customer shows, as plain values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers import errors
from customers.models import (
    Channel,
    Customer,
    FieldDefinition,
    MergeJournal,
    Profile,
    ProfileIdentifier,
)


@dataclass(frozen=True, slots=True)
class ChannelView:
    type: str
    value: str
    is_primary: bool
    is_verified: bool


@dataclass(slots=True)
class ProfileView:
    """A profile with what is registered in it; ``fields`` are (label, value)."""

    id: int
    source_account: str
    name: str
    fields: list[tuple[str, Any]]
    created_by: str | None
    created_at: datetime
    modified_by: str | None
    modified_at: datetime
    closed_at: datetime | None
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    channels: list[ChannelView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class IdentifierView:
    type: str
    value: str
    source_accounts: list[str]


@dataclass(frozen=True, slots=True)
class MergeView:
    """A merge this customer took part in; ``other_id`` is the customer on the other side."""

    id: int
    is_survivor: bool
    other_id: int
    cause: str
    merged_by: str | None
    merged_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """One customer, whole; ``extended_fields`` are (label, value)."""

    id: int
    name: str
    loyalty_type: str
    fraud_status: str
    status_label: str | None
    status: str | None
    registered_in: str
    registered_at: datetime
    registered_by: str | None
    associated_with: str | None
    modified_by: str | None
    modified_at: datetime
    merged_into_id: int | None
    extended_fields: list[tuple[str, Any]]
    profiles: list[ProfileView]
    identifiers: list[IdentifierView]
    merges: list[MergeView]


def get_dossier(*, org_id: int, customer_id: int) -> Dossier:
    """Return what is known of a customer of the organization; six queries, whoever it is.

    Raises:
        CustomerUnknown: the organization has no such customer.
    """
    customer = (
        Customer.objects.filter(org_id=org_id, pk=customer_id)
        .select_related(
            "status_label", "registered_in", "registered_by", "associated_with", "modified_by"
        )
        .first()
    )
    if customer is None:
        raise errors.CustomerUnknown(customer_id=customer_id)
    labels = _field_labels(org_id)
    profiles = _profiles(customer_id, labels)
    return Dossier(
        id=customer.pk,
        name=next((p.name for p in profiles.values() if p.name and not p.closed_at), ""),
        loyalty_type=customer.get_loyalty_type_display(),
        fraud_status=_fraud_status(customer),
        status_label=customer.status_label.label if customer.status_label else None,
        status=customer.status_label.status if customer.status_label else None,
        registered_in=str(customer.registered_in),
        registered_at=customer.registered_at,
        registered_by=_named(customer.registered_by),
        associated_with=_named(customer.associated_with),
        modified_by=_named(customer.modified_by),
        modified_at=customer.modified_at,
        merged_into_id=customer.merged_into_id,
        extended_fields=_labelled(customer.extended_fields, labels["EXTENDED", "CUSTOMER"]),
        profiles=list(profiles.values()),
        identifiers=_identifiers(profiles),
        merges=_merges(org_id, customer_id),
    )


def _profiles(customer_id: int, labels: "Labels") -> dict[int, ProfileView]:
    views = {
        profile.pk: ProfileView(
            id=profile.pk,
            source_account=str(profile.source_account),
            name=f"{profile.first_name} {profile.last_name}".strip(),
            fields=_labelled(profile.fields, labels["CUSTOM", "PROFILE"]),
            created_by=_named(profile.created_by),
            created_at=profile.created_at,
            modified_by=_named(profile.modified_by),
            modified_at=profile.modified_at,
            closed_at=profile.closed_at,
        )
        for profile in Profile.objects.filter(customer_id=customer_id)
        .select_related("source_account", "created_by", "modified_by")
        .order_by("pk")
    }
    for profile_id, kind, value in (
        ProfileIdentifier.objects.filter(profile_id__in=views)
        .order_by("identifier_id")
        .values_list("profile_id", "identifier__type", "identifier__value")
    ):
        views[profile_id].identifiers.append((kind, value))
    for profile_id, kind, value, is_primary, is_verified in (
        Channel.objects.filter(profile_id__in=views)
        .order_by("type", "-is_primary", "pk")
        .values_list("profile_id", "type", "value", "is_primary", "is_verified")
    ):
        views[profile_id].channels.append(ChannelView(kind, value, is_primary, is_verified))
    return views


def _identifiers(profiles: Mapping[int, ProfileView]) -> list[IdentifierView]:
    """Each identifier once, with the source accounts it is registered in."""
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for profile in profiles.values():
        for key in profile.identifiers:
            places[key].append(profile.source_account)
    return [IdentifierView(kind, value, where) for (kind, value), where in places.items()]


def _merges(org_id: int, customer_id: int) -> list[MergeView]:
    sides = MergeJournal.objects.filter(org_id=org_id).select_related("merged_by")
    rows: Iterable[MergeJournal] = sides.filter(survivor_id=customer_id).union(
        sides.filter(victim_id=customer_id)
    )
    views = [
        MergeView(
            id=row.pk,
            is_survivor=row.survivor_id == customer_id,
            other_id=row.victim_id if row.survivor_id == customer_id else row.survivor_id,
            cause=row.get_cause_display(),
            merged_by=_named(row.merged_by),
            merged_at=row.merged_at,
            undone_at=row.undone_at,
        )
        for row in rows
    ]
    return sorted(views, key=lambda view: view.merged_at, reverse=True)


Labels = Mapping[tuple[str, str], Mapping[str, str]]


def _field_labels(org_id: int) -> Labels:
    labels: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for kind, scope, name, label in FieldDefinition.objects.filter(
        org_id=org_id, scope__in=["PROFILE", "CUSTOMER"]
    ).values_list("kind", "scope", "name", "label"):
        labels[kind, scope][name] = label or name
    return labels


def _labelled(values: Mapping[str, Any], labels: Mapping[str, str]) -> list[tuple[str, Any]]:
    return [(labels.get(name, name), value) for name, value in values.items()]


def _fraud_status(customer: Customer) -> str:
    if customer.fraud_status == Customer.FraudStatus.NOT_FRAUD:
        return ""
    return customer.get_fraud_status_display()


def _named(entity: object | None) -> str | None:
    return None if entity is None else str(entity)
