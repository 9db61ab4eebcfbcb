"""Where something happens: an entity, and what it stands in."""

from collections.abc import Collection, Sequence

from crm.tenancy.models import OrgEntity

MOST_STEPS = 10


def load_places(*, org_id: int, entity_ids: Collection[int]) -> dict[int, list[OrgEntity]]:
    """Return each entity with what it stands in, up to the top; one query for four of them.

    Entities of another organization are left out.
    """
    rows = OrgEntity.objects.filter(pk__in=entity_ids, org_id=org_id)
    return {row.pk: _upwards(row) for row in rows.select_related("parent__parent__parent")}


def list_places(*, org_id: int, entity_id: int | None) -> list[OrgEntity]:
    """Return the entity and what it stands in; nobody's entity is nowhere. One query at most."""
    if entity_id is None:
        return []
    return load_places(org_id=org_id, entity_ids=[entity_id]).get(entity_id, [])


def store_of(places: Sequence[OrgEntity]) -> int | None:
    """Return the id of the store among them."""
    return next((place.pk for place in places if place.type == OrgEntity.Type.STORE), None)


def _upwards(place: OrgEntity | None) -> list[OrgEntity]:
    places: list[OrgEntity] = []
    # A circle of parents must not keep a till waiting for ever.
    while place is not None and len(places) < MOST_STEPS:
        places.append(place)
        place = place.parent
    return places
