"""Finding org entities by what they are called."""

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
