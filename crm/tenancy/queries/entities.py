"""Finding org entities by what they are called."""

from collections.abc import Collection

from django.db.models import Q

from crm.tenancy.models import OrgEntity


def find_entity_ids(*, org_id: int, text: str, limit: int) -> list[int]:
    """Entities of the organization whose code or name begins with the text, in any case."""
    begins = Q(code__istartswith=text) | Q(name__istartswith=text)
    rows = OrgEntity.objects.filter(begins, org_id=org_id)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def entity_names(*, org_id: int, entity_ids: set[int]) -> dict[int, str]:
    """What these entities of the organization are called."""
    rows = OrgEntity.objects.filter(org_id=org_id, pk__in=entity_ids) if entity_ids else ()
    return {row.pk: str(row) for row in rows}


def get_store_id(*, org_id: int, entity_id: int | None) -> int | None:
    """The store that an entity of the organization is, or stands in; one query at most."""
    if entity_id is None:
        return None
    row = OrgEntity.objects.filter(org_id=org_id, pk=entity_id).only("type", "parent_id").first()
    if row is None or row.type == OrgEntity.Type.STORE:
        return row.pk if row else None
    return row.parent_id if row.type == OrgEntity.Type.TILL else None


def find_store(*, org_id: int, called: str = "", store_id: int | None = None) -> OrgEntity | None:
    """The active store of this code, else of this number, else of this name; one query."""
    stores = OrgEntity.objects.filter(org_id=org_id, type=OrgEntity.Type.STORE, is_active=True)
    meant = Q(pk=store_id or 0)
    if called:
        meant |= Q(code=called) | Q(name=called)
    # Where they disagree, the code is what people meant.
    found = stores.filter(meant).order_by("pk")
    return min(found, key=lambda s: (s.code != called, s.pk != store_id), default=None)


def list_staff_entities(*, org_id: int) -> list[OrgEntity]:
    """The active members of staff as they act, in the order of their names; one query."""
    rows = OrgEntity.objects.filter(
        org_id=org_id, type=OrgEntity.Type.ADMIN_USER, is_active=True, staff_user__is_active=True
    )
    return list(rows.order_by("name", "pk"))


def find_staff_entity(*, org_id: int, entity_id: int) -> OrgEntity | None:
    """The active member of staff who acts as this entity."""
    rows = OrgEntity.objects.filter(
        org_id=org_id, type=OrgEntity.Type.ADMIN_USER, is_active=True, staff_user__is_active=True
    )
    return rows.filter(pk=entity_id).first()


def find_entities_called(*, org_id: int, called: str) -> list[int]:
    """The entities of this number or code, whatever their type and active or not; one query."""
    meant = Q(code=called)
    if called.isascii() and called.isdecimal() and len(called) <= 18:
        meant |= Q(pk=int(called))
    return list(OrgEntity.objects.filter(meant, org_id=org_id).values_list("pk", flat=True))


def find_inactive_entity_ids(*, org_id: int, entity_ids: Collection[int]) -> set[int]:
    """Those of the entities that are switched off; one query, none for no entity."""
    if not entity_ids:
        return set()
    rows = OrgEntity.objects.filter(org_id=org_id, pk__in=entity_ids, is_active=False)
    return set(rows.values_list("pk", flat=True))


def list_stores(*, org_id: int, limit: int = 500) -> list[tuple[int, str]]:
    """Stores by key with what they are called, in the order of their names; one query."""
    rows = OrgEntity.objects.filter(org_id=org_id, type=OrgEntity.Type.STORE)
    return [(row.pk, str(row)) for row in rows.order_by("name", "pk")[:limit]]
