"""Organizations, for commands."""

from crm.tenancy.models import Organization


def find_organizations(*, code: str | None = None) -> list[Organization]:
    """Return the organization of this code, or all of them; none if there is none."""
    organizations = Organization.objects.order_by("pk")
    return list(organizations if code is None else organizations.filter(code=code))
