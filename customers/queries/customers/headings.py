"""The customer data at the top of v1.1 responses (contract, rule 2.5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from crm.kernel.compiled_queries import CompiledQuery
from customers.models import Profile, ProfileIdentifier
from customers.queries.source_accounts import INSTORE

SHOWN_TYPES = ("mobile", "email", "externalId")


@dataclass(slots=True)
class Heading:
    """A customer's name and dates, and one identifier of each type that v1.1 shows.

    Names and custom fields come from the INSTORE profile, else from the oldest. The identifier of a
    type is the oldest one of the INSTORE profile, else of the customer.
    """

    customer_id: int
    first_name: str
    last_name: str
    registered_at: datetime
    modified_at: datetime
    loyalty_type: str
    fields: Mapping[str, Any]
    extended_fields: Mapping[str, Any]
    source: str  # of the profile
    identifiers: dict[str, str] = field(default_factory=dict)

    @property
    def is_in_store(self) -> bool:
        return self.source == INSTORE

    @property
    def mobile(self) -> str | None:
        return self.identifiers.get("mobile")

    @property
    def email(self) -> str | None:
        return self.identifiers.get("email")

    @property
    def external_id(self) -> str | None:
        return self.identifiers.get("externalId")


def list_headings(*, org_id: int, customer_ids: Collection[int]) -> dict[int, Heading]:
    """Return the heading of each of these customers, by id; two queries."""
    headings: dict[int, Heading] = {}
    if not customer_ids:
        return headings
    profiles = _PROFILES.fetch(customer_ids, org_id=org_id)
    for *shown, _ in sorted(profiles, key=lambda row: (row[8] != INSTORE, row[9])):
        headings.setdefault(shown[0], Heading(*shown))
    _add_identifiers(headings)
    return headings


def _add_identifiers(headings: dict[int, Heading]) -> None:
    rows = _IDENTIFIERS.fetch(headings)
    for customer_id, kind, value, _, _ in sorted(rows, key=lambda row: (row[3] != INSTORE, row[4])):
        headings[customer_id].identifiers.setdefault(kind, value)


def _select_profiles(ids: Sequence[int], org_id: int) -> QuerySet[Profile, tuple[Any, ...]]:
    return Profile.objects.filter(
        customer_id__in=ids, customer__org_id=org_id, closed_at__isnull=True
    ).values_list(
        "customer_id",
        "first_name",
        "last_name",
        "customer__registered_at",
        "customer__modified_at",
        "customer__loyalty_type",
        "fields",
        "customer__extended_fields",
        "source_account__source",
        "pk",
    )


def _select_identifiers(ids: Sequence[int]) -> QuerySet[ProfileIdentifier, tuple[Any, ...]]:
    return ProfileIdentifier.objects.filter(
        identifier__customer_id__in=ids, identifier__type__in=SHOWN_TYPES
    ).values_list(
        "identifier__customer_id",
        "identifier__type",
        "identifier__value",
        "profile__source_account__source",
        "identifier_id",
    )


_PROFILES = CompiledQuery(_select_profiles)
_IDENTIFIERS = CompiledQuery(_select_identifiers)
