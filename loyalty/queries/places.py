"""Where something happens: an entity, and what it stands in."""

from crm.tenancy.models import OrgEntity

MOST_STEPS = 10


def list_places(*, org_id: int, entity_id: int | None) -> list[OrgEntity]:
    """Return the entity and what it stands in, up to the top; one query for four of them.

    None, or an entity of another organization, is nowhere.
    """
    if entity_id is None:
        return []
    rows = OrgEntity.objects.filter(pk=entity_id, org_id=org_id)
    place = rows.select_related("parent__parent__parent").first()
    places: list[OrgEntity] = []
    # A circle of parents must not keep a till waiting for ever.
    while place is not None and len(places) < MOST_STEPS:
        places.append(place)
        place = place.parent
    return places


def store_of(places: list[OrgEntity]) -> int | None:
    """Return the id of the store among them."""
    return next((place.pk for place in places if place.type == OrgEntity.Type.STORE), None)
