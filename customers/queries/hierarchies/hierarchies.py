"""Hierarchies of an organization, and who stands where in them."""

from collections.abc import Collection, Mapping

from django.db import connection

from crm.kernel.org_cache import forget, get_or_load
from customers import errors
from customers.models import Association, Hierarchy, HierarchyRole
from customers.rules.hierarchies import Book, Order, Role, Standing
from customers.rules.text import folded, shown

KIND = "hierarchies"


def get_order(*, org_id: int, code: str) -> Order:
    """Return the hierarchy of this code, in any case; remembered for a while.

    Raises:
        HierarchyUnknown: the organization has no such hierarchy, or it is closed.
    """
    order = get_or_load(KIND, org_id, lambda: _load_orders(org_id)).get(folded(code))
    if order is None:
        raise errors.HierarchyUnknown(code=shown(code))
    return order


def forget_hierarchies(org_id: int) -> None:
    """Let the next request see the hierarchies as they are stored now."""
    forget(KIND, org_id)


def find_parents(*, hierarchy_id: int, customer_ids: Collection[int]) -> set[int]:
    """Return the customers right above any of these; one query."""
    return set(
        Association.objects.filter(
            hierarchy_id=hierarchy_id, customer_id__in=customer_ids, parent__isnull=False
        ).values_list("parent__customer_id", flat=True)
    )


def load_book(*, order: Order, named: Collection[int], start: int) -> tuple[Book, dict[int, int]]:
    """See who stands where: those named, who is above ``start``, and the roles right below.

    Also returns the key of each one's row. Three queries, whoever they are and however many
    children they have.
    """
    rows = list(
        Association.objects.filter(hierarchy_id=order.id, customer_id__in=named).values_list(
            "pk", "customer_id", "role_id", "parent__customer_id", "company_id"
        )
    )
    keys = {customer_id: pk for pk, customer_id, *_ in rows}
    standings = {
        customer_id: Standing(role=order.by_id(role_id), parent=parent, company_id=company_id)
        for _, customer_id, role_id, parent, company_id in rows
    }
    return (
        Book(
            standings=standings,
            above={start: _above(order.id, start)},
            below=_below(order, keys, named),
        ),
        keys,
    )


# Rings cannot be; UNION would end the walk even so.
_ABOVE = """
    WITH RECURSIVE line (id, customer_id, parent_id) AS (
        SELECT a.id, a.customer_id, a.parent_id FROM customers_association a
         WHERE a.customer_id = %s AND a.hierarchy_id = %s
         UNION
        SELECT a.id, a.customer_id, a.parent_id FROM customers_association a
          JOIN line ON a.id = line.parent_id
    )
    SELECT customer_id FROM line WHERE customer_id <> %s"""


def _above(hierarchy_id: int, customer_id: int) -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [customer_id, hierarchy_id, customer_id])
        return frozenset(row[0] for row in cursor.fetchall())


def _below(
    order: Order, keys: Mapping[int, int], named: Collection[int]
) -> dict[int, frozenset[Role]]:
    """The roles of children who are not named themselves, by their parent."""
    customers = {pk: customer_id for customer_id, pk in keys.items()}
    found: dict[int, set[Role]] = {}
    if customers:
        for parent_id, role_id in (
            Association.objects.filter(parent_id__in=customers)
            .exclude(customer_id__in=named)
            .values_list("parent_id", "role_id")
            .distinct()
        ):
            found.setdefault(customers[parent_id], set()).add(order.by_id(role_id))
    return {customer_id: frozenset(roles) for customer_id, roles in found.items()}


def _load_orders(org_id: int) -> dict[str, Order]:
    roles: dict[int, list[Role]] = {}
    for hierarchy_id, pk, code, level in (
        HierarchyRole.objects.filter(hierarchy__org_id=org_id)
        .order_by("level", "pk")
        .values_list("hierarchy_id", "pk", "code", "level")
    ):
        roles.setdefault(hierarchy_id, []).append(Role(pk, code, level))
    return {
        folded(row.code): Order(
            id=row.pk,
            code=row.code,
            skip_level_allowed=row.skip_level_allowed,
            roles=roles.get(row.pk, []),
        )
        for row in Hierarchy.objects.filter(org_id=org_id, is_active=True)
    }
