"""Children of a customer, and the places of a customer in hierarchies."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from customers.models import Association, Profile
from customers.queries.source_accounts import Account

# The sort keys of the list, and their columns.
SORT_COLUMNS = {"createdon": "registered_at", "lastUpdatedOn": "modified_at"}


def list_children(
    *,
    parent_id: int,
    source_account: Account | None,
    sort_by: str,
    descending: bool,
    limit: int,
    offset: int,
) -> tuple[list[int], int]:
    """Return a page of the ids of a customer's children in all hierarchies, and their total.

    If a source account is named, only children with a profile in it. Two queries.
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
    ordered = rows.order_by(f"{sign}customer__{SORT_COLUMNS[sort_by]}", f"{sign}id")
    ids = list(ordered.values_list("customer_id", flat=True)[offset : offset + limit])
    return ids, rows.count()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A parent or child; ``name`` is empty if unknown."""

    customer_id: int
    name: str
    role: str


@dataclass(slots=True)
class PlaceView:
    """One place of a customer, with the first few children and their total."""

    hierarchy: str
    role: str
    company: str
    company_id: int | None
    parent: Neighbour | None
    children: list[Neighbour] = field(default_factory=list)
    children_count: int = 0


def list_places(*, customer_id: int, max_children: int) -> list[PlaceView]:
    """Return the places of a customer; one query, and three for each hierarchy."""
    views = []
    for row in (
        Association.objects.filter(customer_id=customer_id)
        .select_related("hierarchy", "role", "company", "parent__role")
        .order_by("pk")
    ):
        children = Association.objects.filter(parent_id=row.pk)
        shown = list(children.select_related("role").order_by("pk")[:max_children])
        names = _load_names([*shown, *([row.parent] if row.parent else [])])
        views.append(
            PlaceView(
                hierarchy=str(row.hierarchy) if row.hierarchy else "",
                role=str(row.role) if row.role else "",
                company=str(row.company) if row.company else "",
                company_id=row.company_id,
                parent=_build_neighbour(row.parent, names) if row.parent else None,
                children=[_build_neighbour(child, names) for child in shown],
                children_count=children.count() if len(shown) == max_children else len(shown),
            )
        )
    return views


def _build_neighbour(row: Association, names: dict[int, str]) -> Neighbour:
    return Neighbour(row.customer_id, names.get(row.customer_id, ""), str(row.role))


def _load_names(rows: Sequence[Association]) -> dict[int, str]:
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
