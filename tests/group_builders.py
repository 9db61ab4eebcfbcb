"""Builders for hierarchies, companies and associations."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

from crm.tenancy.models import Organization
from customers.models import Association, Company, Customer, Hierarchy, HierarchyRole
from customers.queries.hierarchies.hierarchies import forget_hierarchies
from tests.builders import NOON, get_or_make_organization, make_customer

_numbers = count(1)


def make_hierarchy(
    code: str = "fleet",
    org: Organization | None = None,
    *,
    roles: Mapping[str, int] | None = None,
    **attributes: Any,
) -> Hierarchy:
    """Create a hierarchy with roles by code and level; by default FA above FC."""
    org = org or get_or_make_organization()
    hierarchy = Hierarchy.objects.create(org=org, code=code, **attributes)
    for role, level in (roles or {"FA": 1, "FC": 2}).items():
        HierarchyRole.objects.create(hierarchy=hierarchy, code=role, level=level)
    forget_hierarchies(org.pk)
    return hierarchy


def make_company(
    external_id: str | None = None, org: Organization | None = None, **attributes: Any
) -> Company:
    return Company.objects.create(
        org=org or get_or_make_organization(),
        external_id=external_id or f"company-{next(_numbers)}",
        **{"created_at": NOON, **attributes},
    )


def make_association(
    customer: Customer | None = None,
    hierarchy: Hierarchy | None = None,
    role: str = "FA",
    parent: Association | None = None,
    company: Company | None = None,
    at: datetime = NOON,
) -> Association:
    """Create a place in the given hierarchy, or in the parent's."""
    hierarchy = hierarchy or (parent.hierarchy if parent else make_hierarchy())
    assert hierarchy is not None
    return Association.objects.create(
        customer=customer or make_customer(hierarchy.org),
        hierarchy=hierarchy,
        role=hierarchy.roles.get(code=role),
        parent=parent,
        company=company,
        created_at=at,
        modified_at=at,
    )
