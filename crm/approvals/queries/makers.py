"""Find a person's own requests, whichever of their log-ins filed them."""

from typing import Any

from django.db.models import Q, QuerySet

from crm.approvals.models import Request
from crm.tenancy.models import OrgEntity


def list_own_entities(*, org_id: int, entity_id: int | None) -> set[int]:
    """Return the ids of a member of staff and of the tills they own; one query.

    Empty for staff without an entity.
    """
    if entity_id is None:
        return set()
    owned = OrgEntity.objects.filter(org_id=org_id, owner_id=entity_id)
    return {entity_id, *owned.values_list("pk", flat=True)}


def filed_by(entities: set[int] | QuerySet[Any]) -> Q:
    """Return a condition for requests filed by these entities, as the four-eyes rule counts it."""
    return Q(maker_person_id__in=entities) | Q(maker_caller_id__in=entities)


def is_filed_by(request: Request, entities: set[int]) -> bool:
    """Whether one of these entities filed the request."""
    return bool({request.maker_person_id, request.maker_caller_id} & entities)
