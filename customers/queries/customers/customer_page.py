"""The data of the admin page about one customer, as plain values."""

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
    """A profile with its identifiers and channels; ``fields`` are (label, value)."""

    id: int
    source_account_id: int
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
    """A merge of this customer; ``other_id`` is the other customer."""

    id: int
    is_survivor: bool
    other_id: int
    cause: str
    merged_by: str | None
    merged_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class CustomerOverview:
    """Everything about one customer; ``extended_fields`` are (label, value)."""

    id: int
    name: str
    loyalty_type: str
    fraud_status: str
    fraud_reason: str
    fraud_marked_by: str
    fraud_marked_at: datetime | None
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
    end_points: list[str]


def get_customer_overview(*, org_id: int, customer_id: int) -> CustomerOverview:
    """Return everything about a customer of the organization; six queries.

    Raises:
        CustomerUnknown: the organization has no such customer.
    """
    customer = (
        Customer.objects.filter(org_id=org_id, pk=customer_id)
        .select_related(
            "status_label",
            "registered_in",
            "registered_by",
            "associated_with",
            "modified_by",
            "fraud_marked_by",
        )
        .first()
    )
    if customer is None:
        raise errors.CustomerUnknown(customer_id=customer_id)
    labels = _field_labels(org_id)
    profiles = _load_profiles(customer_id, labels)
    return CustomerOverview(
        id=customer.pk,
        name=next((p.name for p in profiles.values() if p.name and not p.closed_at), ""),
        loyalty_type=customer.get_loyalty_type_display(),
        fraud_status=_format_fraud_status(customer),
        fraud_reason=customer.fraud_reason,
        fraud_marked_by=str(customer.fraud_marked_by or ""),
        fraud_marked_at=customer.fraud_marked_at,
        status_label=customer.status_label.label if customer.status_label else None,
        status=customer.status_label.status if customer.status_label else None,
        registered_in=str(customer.registered_in),
        registered_at=customer.registered_at,
        registered_by=_format_entity(customer.registered_by),
        associated_with=_format_entity(customer.associated_with),
        modified_by=_format_entity(customer.modified_by),
        modified_at=customer.modified_at,
        end_points=customer.end_points,
        merged_into_id=customer.merged_into_id,
        extended_fields=_label_fields(customer.extended_fields, labels["EXTENDED", "CUSTOMER"]),
        profiles=list(profiles.values()),
        identifiers=_list_identifiers(profiles),
        merges=_list_merges(org_id, customer_id),
    )


def _load_profiles(customer_id: int, labels: "Labels") -> dict[int, ProfileView]:
    views = {
        profile.pk: ProfileView(
            id=profile.pk,
            source_account_id=profile.source_account_id,
            source_account=str(profile.source_account),
            name=f"{profile.first_name} {profile.last_name}".strip(),
            fields=_label_fields(profile.fields, labels["CUSTOM", "PROFILE"]),
            created_by=_format_entity(profile.created_by),
            created_at=profile.created_at,
            modified_by=_format_entity(profile.modified_by),
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


def _list_identifiers(profiles: Mapping[int, ProfileView]) -> list[IdentifierView]:
    """Return each identifier once, with its source accounts."""
    accounts_by_key: dict[tuple[str, str], list[str]] = defaultdict(list)
    for profile in profiles.values():
        for key in profile.identifiers:
            accounts_by_key[key].append(profile.source_account)
    return [
        IdentifierView(kind, value, source_accounts)
        for (kind, value), source_accounts in accounts_by_key.items()
    ]


def _list_merges(org_id: int, customer_id: int) -> list[MergeView]:
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
            merged_by=_format_entity(row.merged_by),
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


def _label_fields(values: Mapping[str, Any], labels: Mapping[str, str]) -> list[tuple[str, Any]]:
    return [(labels.get(name, name), value) for name, value in values.items()]


def _format_fraud_status(customer: Customer) -> str:
    if customer.fraud_status == Customer.FraudStatus.NOT_FRAUD:
        return ""
    return customer.get_fraud_status_display()


def _format_entity(entity: object | None) -> str | None:
    return None if entity is None else str(entity)
