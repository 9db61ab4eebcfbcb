"""Lookups for many rows of a transaction import at once."""

from collections.abc import Collection

from crm.tenancy.models import OrgEntity


def list_stores(*, org_id: int) -> list[tuple[int, str, str]]:
    """Return ids, codes and names of the organization's active stores, ordered by name."""
    stores = OrgEntity.objects.filter(org_id=org_id, type=OrgEntity.Type.STORE, is_active=True)
    return list(stores.order_by("name", "pk").values_list("pk", "code", "name"))


def find_stores(*, org_id: int, codes: Collection[str]) -> dict[str, int]:
    """Return the ids of the active stores with these codes; one query, none without codes."""
    if not codes:
        return {}
    stores = OrgEntity.objects.filter(
        org_id=org_id, type=OrgEntity.Type.STORE, is_active=True, code__in=codes
    )
    return dict(stores.values_list("code", "pk"))
