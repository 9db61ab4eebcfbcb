"""The entity that a write is attributed to, if the caller names another one."""

from crm.kernel.ids import read_id
from crm.tenancy.errors import AttributionUnknown
from crm.tenancy.models import OrgEntity

_Type = OrgEntity.Type
MAX_VALUE_LENGTH = 150

# Staff are excluded: to sign as a member of staff, one must log in as them.
_LOOKUPS: dict[str, tuple[str, str]] = {
    "CONCEPT": (_Type.CONCEPT, "code"),
    "CONCEPT_CODE": (_Type.CONCEPT, "code"),
    "CONCEPT_EXTERNAL_ID": (_Type.CONCEPT, "external_id"),
    "CONCEPT_ID": (_Type.CONCEPT, "pk"),
    "CONCEPT_NAME": (_Type.CONCEPT, "name"),
    "STORE": (_Type.STORE, "code"),
    "STORE_CODE": (_Type.STORE, "code"),
    "STORE_EXTERNAL_ID": (_Type.STORE, "external_id"),
    "STORE_ID": (_Type.STORE, "pk"),
    "STORE_NAME": (_Type.STORE, "name"),
    "TILL": (_Type.TILL, "code"),
    "TILL_CODE": (_Type.TILL, "code"),
    "TILL_EXTERNAL_ID": (_Type.TILL, "external_id"),
    "TILL_ID": (_Type.TILL, "pk"),
    "TILL_NAME": (_Type.TILL, "name"),
    "ZONE": (_Type.ZONE, "code"),
    "ZONE_CODE": (_Type.ZONE, "code"),
    "ZONE_EXTERNAL_ID": (_Type.ZONE, "external_id"),
    "ZONE_ID": (_Type.ZONE, "pk"),
    "ZONE_NAME": (_Type.ZONE, "name"),
}
ATTRIBUTION_TYPES = tuple(_LOOKUPS)


def get_attribution(*, org_id: int, entity_type: str, entity_code: str) -> int:
    """Return the id of the active entity with this type and code.

    Raises:
        AttributionUnknown: no entity of the organization matches, or several do.
    """
    lookup = _LOOKUPS.get(entity_type.strip().upper())
    value = entity_code.strip()
    if lookup is None or not 0 < len(value) <= MAX_VALUE_LENGTH or not value.isprintable():
        raise AttributionUnknown(type=entity_type, name=entity_code)
    of_type, field_name = lookup
    lookup_value: object = value
    if field_name == "pk":
        lookup_value = read_id(value) or 0  # no entity has the id zero
    matches = OrgEntity.objects.filter(
        org_id=org_id, type=of_type, is_active=True, **{field_name: lookup_value}
    ).values_list("pk", flat=True)[:2]
    ids = list(matches)
    if len(ids) != 1:
        # Names and external ids may repeat, and a wrong attribution would be permanent.
        raise AttributionUnknown(type=entity_type, name=entity_code)
    return ids[0]
