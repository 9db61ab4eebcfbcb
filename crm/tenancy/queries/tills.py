"""A till, with what is above it in the organization."""

from crm.tenancy.errors import EntityUnknown
from crm.tenancy.models import OrgEntity


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
