"""Hierarchies of an organization, and the places of customers in them."""

from collections.abc import Collection, Mapping

from django.db import connection

from crm.kernel.org_cache import forget, get_or_load
from customers import errors
from customers.models import Association, Hierarchy, HierarchyRole
from customers.rules.hierarchies import CurrentPlaces, Place, Role, RoleOrder
from customers.rules.text import fold_name, sanitize

KIND = "hierarchies"


def get_role_order(*, org_id: int, code: str) -> RoleOrder:
    """Return the hierarchy with this code, in any case; cached.

    Raises:
        HierarchyUnknown: the organization has no such active hierarchy.
    """
    order = get_or_load(KIND, org_id, lambda: _load_role_orders(org_id)).get(fold_name(code))
    if order is None:
        raise errors.HierarchyUnknown(code=sanitize(code))
    return order


def forget_hierarchies(org_id: int) -> None:
    """Clear the cached hierarchies of an organization."""
    forget(KIND, org_id)


def find_parents(*, hierarchy_id: int, customer_ids: Collection[int]) -> set[int]:
    """Return the parents of these customers; one query."""
    return set(
        Association.objects.filter(
            hierarchy_id=hierarchy_id, customer_id__in=customer_ids, parent__isnull=False
        ).values_list("parent__customer_id", flat=True)
    )


def load_places(
    *, order: RoleOrder, customer_ids: Collection[int], start_id: int
) -> tuple[CurrentPlaces, dict[int, int]]:
    """Return the places of the customers, the ancestors of ``start_id``, and the children's roles.

    Also returns the keys of the rows by customer. Three queries for any number of customers and
    children.
    """
    rows = list(
        Association.objects.filter(hierarchy_id=order.id, customer_id__in=customer_ids).values_list(
            "pk", "customer_id", "role_id", "parent__customer_id", "company_id"
        )
    )
    keys = {customer_id: pk for pk, customer_id, *_ in rows}
    places = {
        customer_id: Place(role=order.by_id(role_id), parent=parent, company_id=company_id)
        for _, customer_id, role_id, parent, company_id in rows
    }
    return (
        CurrentPlaces(
            places=places,
            above={start_id: _find_ancestors(order.id, start_id)},
            below=_find_child_roles(order, keys, customer_ids),
        ),
        keys,
    )


# Cycles are impossible, but UNION would end the recursion anyway.
_ANCESTORS_SQL = """
    WITH RECURSIVE line (id, customer_id, parent_id) AS (
        SELECT a.id, a.customer_id, a.parent_id FROM customers_association a
         WHERE a.customer_id = %s AND a.hierarchy_id = %s
         UNION
        SELECT a.id, a.customer_id, a.parent_id FROM customers_association a
          JOIN line ON a.id = line.parent_id
    )
    SELECT customer_id FROM line WHERE customer_id <> %s"""


def _find_ancestors(hierarchy_id: int, customer_id: int) -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ANCESTORS_SQL, [customer_id, hierarchy_id, customer_id])
        return frozenset(row[0] for row in cursor.fetchall())


def _find_child_roles(
    order: RoleOrder, keys: Mapping[int, int], customer_ids: Collection[int]
) -> dict[int, frozenset[Role]]:
    """Return the roles of children that are not among the customers, by parent."""
    customers = {pk: customer_id for customer_id, pk in keys.items()}
    roles_by_parent: dict[int, set[Role]] = {}
    if customers:
        for parent_id, role_id in (
            Association.objects.filter(parent_id__in=customers)
            .exclude(customer_id__in=customer_ids)
            .values_list("parent_id", "role_id")
            .distinct()
        ):
            roles_by_parent.setdefault(customers[parent_id], set()).add(order.by_id(role_id))
    return {customer_id: frozenset(roles) for customer_id, roles in roles_by_parent.items()}


def _load_role_orders(org_id: int) -> dict[str, RoleOrder]:
    roles: dict[int, list[Role]] = {}
    for hierarchy_id, pk, code, level in (
        HierarchyRole.objects.filter(hierarchy__org_id=org_id)
        .order_by("level", "pk")
        .values_list("hierarchy_id", "pk", "code", "level")
    ):
        roles.setdefault(hierarchy_id, []).append(Role(pk, code, level))
    return {
        fold_name(row.code): RoleOrder(
            id=row.pk,
            code=row.code,
            skip_level_allowed=row.skip_level_allowed,
            roles=roles.get(row.pk, []),
        )
        for row in Hierarchy.objects.filter(org_id=org_id, is_active=True)
    }
