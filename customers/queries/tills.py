"""The till that a registration is associated with."""

from crm.tenancy.errors import AttributionUnknown
from crm.tenancy.queries.attribution import get_attribution
from customers import errors


def get_associated_till(*, org_id: int, code: str) -> int:
    """Return the id of the organization's active till with this code; one query.

    Raises:
        AssociatedTillUnknown: there is no such till.
    """
    try:
        return get_attribution(org_id=org_id, entity_type="TILL", entity_code=code)
    except AttributionUnknown as error:
        raise errors.AssociatedTillUnknown() from error
