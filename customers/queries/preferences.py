"""Reading preferences of customers (v1.1, "Fetch Customer Preferences")."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers import errors
from customers.models import Preferences


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """The preferences of a customer; ``store_id`` is None without a preferred store."""

    customer_id: int
    fields: Mapping[str, Any]
    store_id: int | None
    store_code: str
    store_name: str
    modified_at: datetime


def get_preferences(*, org_id: int, customer_id: int) -> PreferencesView:
    """Return the preferences of a customer; one query.

    Raises:
        PreferencesNone: no preference is set.
    """
    preferences = get_preferences_by_customer(org_id=org_id, customer_ids=[customer_id]).get(
        customer_id
    )
    if preferences is None:
        raise errors.PreferencesNone()
    return preferences


def get_preferences_by_customer(
    *, org_id: int, customer_ids: Collection[int]
) -> dict[int, PreferencesView]:
    """Return the preferences of customers who have any, by id; one query."""
    rows = Preferences.objects.filter(org_id=org_id, customer_id__in=customer_ids)
    return {
        row.customer_id: PreferencesView(
            row.customer_id,
            row.fields,
            row.preferred_store_id,
            row.preferred_store.code if row.preferred_store else "",
            str(row.preferred_store) if row.preferred_store else "",
            row.modified_at,
        )
        for row in rows.select_related("preferred_store")
        if row.fields or row.preferred_store_id
    }
