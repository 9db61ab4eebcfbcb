"""The entity that a write is attributed to, when a caller names another than itself."""

from crm.tenancy.errors import AttributionUnknown
from crm.tenancy.models import OrgEntity

_Type = OrgEntity.Type
LONGEST = 150
LARGEST_ID = 2**63 - 1

# Staff are not among them: whoever signs as a person must have logged in as that person.
_NAMED_BY: dict[str, tuple[str, str]] = {
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
ATTRIBUTION_TYPES = tuple(_NAMED_BY)


def get_attribution(*, org_id: int, entity_type: str, entity_code: str) -> int:
    """Return the id of the active entity meant.

    Raises:
        AttributionUnknown: none of the organization is meant, or several are.
    """
    named = _NAMED_BY.get(entity_type.strip().upper())
    value = entity_code.strip()
    if named is None or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise AttributionUnknown(type=entity_type, name=entity_code)
    of_type, by = named
    looked_for: object = value
    if by == "pk":
        looked_for = _id(value)
    found = OrgEntity.objects.filter(
        org_id=org_id, type=of_type, is_active=True, **{by: looked_for}
    ).values_list("pk", flat=True)[:2]
    ids = list(found)
    if len(ids) != 1:
        # Names and external ids may repeat; a guess would be kept for ever.
        raise AttributionUnknown(type=entity_type, name=entity_code)
    return ids[0]


def _id(value: str) -> int:
    # No entity has the id zero.
    number = int(value) if value.isascii() and value.isdecimal() else 0
    return number if number <= LARGEST_ID else 0
