"""Org entities with their parents, and stores by code."""

from collections.abc import Collection, Sequence

from crm.tenancy.models import OrgEntity

MAX_DEPTH = 10


def load_entity_chains(*, org_id: int, entity_ids: Collection[int]) -> dict[int, list[OrgEntity]]:
    """Return each entity followed by its parents up to the top; one query for up to four levels.

    Entities of other organizations are left out.
    """
    rows = OrgEntity.objects.filter(pk__in=entity_ids, org_id=org_id)
    return {row.pk: _build_chain(row) for row in rows.select_related("parent__parent__parent")}


def list_entity_chain(*, org_id: int, entity_id: int | None) -> list[OrgEntity]:
    """Return the entity followed by its parents; an empty list for None. One query at most."""
    if entity_id is None:
        return []
    return load_entity_chains(org_id=org_id, entity_ids=[entity_id]).get(entity_id, [])


def find_store_id(entities: Sequence[OrgEntity]) -> int | None:
    """Return the id of the store among the entities, or None."""
    return next((entity.pk for entity in entities if entity.type == OrgEntity.Type.STORE), None)


def _build_chain(entity: OrgEntity | None) -> list[OrgEntity]:
    chain: list[OrgEntity] = []
    # A cycle of parents must not loop forever.
    while entity is not None and len(chain) < MAX_DEPTH:
        chain.append(entity)
        entity = entity.parent
    return chain


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
