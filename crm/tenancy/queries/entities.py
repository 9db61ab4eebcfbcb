"""Queries for org entities."""

from collections.abc import Collection

from django.db.models import Q

from crm.kernel.ids import read_id
from crm.tenancy.errors import EntityUnknown
from crm.tenancy.models import OrgEntity


def find_entity_ids(*, org_id: int, text: str, limit: int) -> list[int]:
    """Return entities of the organization whose code or name begins with the text, in any case."""
    begins = Q(code__istartswith=text) | Q(name__istartswith=text)
    rows = OrgEntity.objects.filter(begins, org_id=org_id)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def get_entity_names(*, org_id: int, entity_ids: set[int]) -> dict[int, str]:
    """Return the names of these entities by id."""
    rows = OrgEntity.objects.filter(org_id=org_id, pk__in=entity_ids) if entity_ids else ()
    return {row.pk: str(row) for row in rows}


def get_store_id(*, org_id: int, entity_id: int | None) -> int | None:
    """Return the store that an entity is or belongs to; at most one query."""
    if entity_id is None:
        return None
    row = OrgEntity.objects.filter(org_id=org_id, pk=entity_id).only("type", "parent_id").first()
    if row is None or row.type == OrgEntity.Type.STORE:
        return row.pk if row else None
    return row.parent_id if row.type == OrgEntity.Type.TILL else None


def find_store(*, org_id: int, name: str = "", store_id: int | None = None) -> OrgEntity | None:
    """Return the active store with this code, else this id, else this name; one query."""
    stores = OrgEntity.objects.filter(org_id=org_id, type=OrgEntity.Type.STORE, is_active=True)
    condition = Q(pk=store_id or 0)
    if name:
        condition |= Q(code=name) | Q(name=name)
    # If several match, the code wins.
    matches = stores.filter(condition).order_by("pk")
    return min(matches, key=lambda s: (s.code != name, s.pk != store_id), default=None)


def list_staff_entities(*, org_id: int) -> list[OrgEntity]:
    """Return the entities of active staff, ordered by name; one query."""
    rows = OrgEntity.objects.filter(
        org_id=org_id, type=OrgEntity.Type.ADMIN_USER, is_active=True, staff_user__is_active=True
    )
    return list(rows.order_by("name", "pk"))


def find_staff_entity(*, org_id: int, entity_id: int) -> OrgEntity | None:
    """Return this entity if it belongs to an active member of staff."""
    rows = OrgEntity.objects.filter(
        org_id=org_id, type=OrgEntity.Type.ADMIN_USER, is_active=True, staff_user__is_active=True
    )
    return rows.filter(pk=entity_id).first()


def find_entity_ids_by_code(*, org_id: int, code: str) -> list[int]:
    """Return the ids of entities with this id or code, of any type, active or not; one query."""
    condition = Q(code=code)
    if (entity_id := read_id(code)) is not None:
        condition |= Q(pk=entity_id)
    return list(OrgEntity.objects.filter(condition, org_id=org_id).values_list("pk", flat=True))


def find_inactive_entity_ids(*, org_id: int, entity_ids: Collection[int]) -> set[int]:
    """Return those of the entities that are inactive; one query, or none without entities."""
    if not entity_ids:
        return set()
    rows = OrgEntity.objects.filter(org_id=org_id, pk__in=entity_ids, is_active=False)
    return set(rows.values_list("pk", flat=True))


def list_stores(*, org_id: int, limit: int = 500) -> list[tuple[int, str]]:
    """Return the ids and names of stores, ordered by name; one query."""
    rows = OrgEntity.objects.filter(org_id=org_id, type=OrgEntity.Type.STORE)
    return [(row.pk, str(row)) for row in rows.order_by("name", "pk")[:limit]]


def get_till(*, org_id: int, code: str) -> OrgEntity:
    """Return the till with this code, in any case, with what it belongs to; one query.

    An inactive till is returned as well.

    Raises:
        EntityUnknown: the organization has no such till.
    """
    till = (
        OrgEntity.objects.filter(org_id=org_id, type=OrgEntity.Type.TILL, code__iexact=code.strip())
        .select_related("org", "parent__parent__parent__parent")
        .first()
    )
    if till is None:
        raise EntityUnknown(code=code)
    return till
