"""The values of one profile, for a form that changes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers import errors
from customers.models import Profile
from customers.queries.source_accounts import INSTORE


@dataclass(frozen=True, slots=True)
class ProfileAccount:
    """The source account of an open profile."""

    id: int
    name: str
    source: str
    account_id: str


@dataclass(frozen=True, slots=True)
class ProfileValues:
    """A profile with the values of its customer; ``accounts`` are those of all open profiles."""

    customer_id: int
    account: ProfileAccount
    accounts: list[ProfileAccount]
    first_name: str
    last_name: str
    fields: Mapping[str, Any]
    extended_fields: Mapping[str, Any]
    loyalty_type: str
    modified_at: datetime


def list_profile_accounts(*, org_id: int, customer_id: int) -> list[ProfileAccount]:
    """Return the source accounts of the customer's open profiles, in store first; one query."""
    return [_build_account(profile) for profile in _load_profiles(org_id, customer_id)]


def get_profile_values(
    *, org_id: int, customer_id: int, source_account_id: int | None = None
) -> ProfileValues:
    """Return the values of the profile in the source account, or else of the first; one query.

    Raises:
        NoProfileInSource: the customer has no open profile there.
    """
    profiles = _load_profiles(org_id, customer_id)
    matches = [p for p in profiles if source_account_id in (None, p.source_account_id)]
    if not matches:
        raise errors.NoProfileInSource()
    profile = matches[0]
    return ProfileValues(
        customer_id=customer_id,
        account=_build_account(profile),
        accounts=[_build_account(row) for row in profiles],
        first_name=profile.first_name,
        last_name=profile.last_name,
        fields=profile.fields,
        extended_fields=profile.customer.extended_fields,
        loyalty_type=profile.customer.loyalty_type,
        modified_at=profile.customer.modified_at,
    )


def _load_profiles(org_id: int, customer_id: int) -> list[Profile]:
    rows = Profile.objects.filter(
        customer_id=customer_id, customer__org_id=org_id, closed_at__isnull=True
    ).select_related("customer", "source_account")
    return sorted(rows.order_by("pk"), key=lambda profile: profile.source_account.source != INSTORE)


def _build_account(profile: Profile) -> ProfileAccount:
    account = profile.source_account
    return ProfileAccount(account.pk, str(account), account.source, account.account_id)
