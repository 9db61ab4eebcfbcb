"""Children of a customer, and where somebody stands, for those who look."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from customers.models import Association, Profile
from customers.queries.source_accounts import Account

# What the list may be sorted by, and the column behind it.
SORTS = {"createdon": "registered_at", "lastUpdatedOn": "modified_at"}


def list_children(
    *,
    parent_id: int,
    source_account: Account | None,
    sort_by: str,
    descending: bool,
    limit: int,
    offset: int,
) -> tuple[list[int], int]:
    """Return the ids of a customer's children in all hierarchies, and how many there are in all.

    Where a source account is named, only those with a profile in it. Two queries.
    """
    rows = Association.objects.filter(parent__customer_id=parent_id)
    if source_account is not None:
        rows = rows.filter(
            Exists(
                Profile.objects.filter(
                    customer_id=OuterRef("customer_id"),
                    source_account_id=source_account.id,
                    closed_at__isnull=True,
                )
            )
        )
    sign = "-" if descending else ""
    ordered = rows.order_by(f"{sign}customer__{SORTS[sort_by]}", f"{sign}id")
    ids = list(ordered.values_list("customer_id", flat=True)[offset : offset + limit])
    return ids, rows.count()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody above or below; ``name`` is empty where none is known."""

    customer_id: int
    name: str
    role: str


@dataclass(slots=True)
class PlaceView:
    """One place of a customer; of the children the first few, and how many there are."""

    hierarchy: str
    role: str
    company: str
    company_id: int | None
    parent: Neighbour | None
    children: list[Neighbour] = field(default_factory=list)
    children_count: int = 0


def list_places(*, customer_id: int, most_children: int) -> list[PlaceView]:
    """Return where a customer stands; three queries for each hierarchy, and one."""
    views = []
    for row in (
        Association.objects.filter(customer_id=customer_id)
        .select_related("hierarchy", "role", "company", "parent__role")
        .order_by("pk")
    ):
        children = Association.objects.filter(parent_id=row.pk)
        shown = list(children.select_related("role").order_by("pk")[:most_children])
        names = _names([*shown, *([row.parent] if row.parent else [])])
        views.append(
            PlaceView(
                hierarchy=str(row.hierarchy) if row.hierarchy else "",
                role=str(row.role) if row.role else "",
                company=str(row.company) if row.company else "",
                company_id=row.company_id,
                parent=_neighbour(row.parent, names) if row.parent else None,
                children=[_neighbour(child, names) for child in shown],
                children_count=children.count() if len(shown) == most_children else len(shown),
            )
        )
    return views


def _neighbour(row: Association, names: dict[int, str]) -> Neighbour:
    return Neighbour(row.customer_id, names.get(row.customer_id, ""), str(row.role))


def _names(rows: Sequence[Association]) -> dict[int, str]:
    names: dict[int, str] = {}
    if not rows:
        return names
    for customer_id, first, last in (
        Profile.objects.filter(
            customer_id__in=[row.customer_id for row in rows], closed_at__isnull=True
        )
        .order_by("pk")
        .values_list("customer_id", "first_name", "last_name")
    ):
        names[customer_id] = names.get(customer_id) or f"{first} {last}".strip()
    return names
