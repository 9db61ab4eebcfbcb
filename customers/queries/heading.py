"""Who a customer is, in the few words with which every answer of v1.1 begins.

In v1.1 a customer is who they are in store: names and fields are of the profile there, else of the
oldest one; each identifier is the oldest registered there, else anywhere (contract, rule 2.5).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from customers.models import Profile, ProfileIdentifier
from customers.queries.source_accounts import INSTORE, get_source_accounts

SHOWN = ("mobile", "email", "externalId")


@dataclass(slots=True)
class Heading:
    """Names and fields of one profile; of each type of identifier the one registered first."""

    id: int
    first_name: str = ""
    last_name: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)

    @property
    def mobile(self) -> str:
        return self.identifiers.get("mobile", "")

    @property
    def email(self) -> str:
        return self.identifiers.get("email", "")

    @property
    def external_id(self) -> str:
        return self.identifiers.get("externalId", "")


def list_headings(*, org_id: int, customer_ids: Collection[int]) -> list[Heading]:
    """The heading of each of these customers, who are the organization's, in the order given.

    Two queries however many there are, and one for the source accounts when none remembers them.
    """
    headings = {pk: Heading(pk) for pk in customer_ids}
    if not headings:
        return []
    stores = {a.id for a in get_source_accounts(org_id=org_id) if a.source == INSTORE}
    profiles = Profile.objects.filter(customer_id__in=headings, closed_at__isnull=True).values_list(
        "customer_id", "first_name", "last_name", "fields", "source_account_id", "pk"
    )
    # The last one written wins: in store, and of those the oldest.
    for pk, first, last, kept, *_ in sorted(profiles, key=lambda p: (p[4] in stores, -p[5])):
        heading = headings[pk]
        heading.first_name, heading.last_name, heading.fields = first, last, kept
    registered = ProfileIdentifier.objects.filter(
        identifier__customer_id__in=headings, identifier__type__in=SHOWN
    ).values_list(
        "identifier__customer_id",
        "identifier__type",
        "identifier__value",
        "profile__source_account_id",
        "pk",
    )
    for pk, kind, value, *_ in sorted(registered, key=lambda r: (r[3] in stores, -r[4])):
        headings[pk].identifiers[kind] = value
    return list(headings.values())
