"""Which requests are somebody's own, by whichever of their log-ins they were filed."""

from typing import Any

from django.db.models import Q, QuerySet

from crm.approvals.models import Request
from crm.tenancy.models import OrgEntity


def own_entities(*, org_id: int, entity_id: int | None) -> set[int]:
    """A member of staff and the tills they answer for by now; one query.

    Somebody who acts as no entity has filed nothing.
    """
    if entity_id is None:
        return set()
    owned = OrgEntity.objects.filter(org_id=org_id, owner_id=entity_id)
    return {entity_id, *owned.values_list("pk", flat=True)}


def filed_by(entities: set[int] | QuerySet[Any]) -> Q:
    """The requests that these filed, as four eyes count it."""
    return Q(maker_person_id__in=entities) | Q(maker_caller_id__in=entities)


def is_filed_by(request: Request, entities: set[int]) -> bool:
    """The same of one request that was read."""
    return bool({request.maker_person_id, request.maker_caller_id} & entities)
