"""How customers' points and tiers came about, many customers at once (v1.1's ``get``)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import F, QuerySet, Sum

from loyalty.models import PointsEntry, PointsLot, TierChange
from loyalty.queries.purchases import newest_of_each

# Of each customer; who wants more asks for a file.
MOST = 100
PROMOTIONS = (PointsLot.Kind.PROMOTIONAL, PointsLot.Kind.GOODWILL)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TierStepped:
    """One change of tier."""

    program_id: int
    previous: str | None
    tier: str
    reason: str
    changed_at: datetime
    expires_at: datetime
    changed_in: str | None


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points that expire together, or did."""

    program_id: int
    points: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """Points that came or went."""

    program_id: int
    kind: str
    points: Decimal
    transaction_number: str
    happened_at: datetime
    place: str | None


@dataclass(frozen=True, slots=True)
class Promoted:
    """Points that a promotion, or somebody's goodwill, gave."""

    program_id: int
    points: Decimal
    remaining: Decimal
    issued_at: datetime
    issued_by: str | None
    expires_at: datetime | None
    promotion: str


def tier_steps(customer_ids: Collection[int]) -> dict[int, list[TierStepped]]:
    """How tiers changed, the latest first; one query."""
    return _newest(
        TierChange.objects.all(),
        customer_ids,
        ("changed_at", "id"),
        (
            "enrollment__program_id",
            "previous_tier__name",
            "tier__name",
            "reason",
            "changed_at",
            "expires_at",
            "changed_by__name",
        ),
        TierStepped,
    )


def expired_points(customer_ids: Collection[int]) -> dict[int, list[Expiring]]:
    """What expired, the latest first; one query."""
    return _newest(
        PointsEntry.objects.filter(kind=PointsEntry.Kind.EXPIRE),
        customer_ids,
        ("happened_at", "id"),
        ("enrollment__program_id", "points", "delayed", "happened_at"),
        lambda program_id, points, delayed, at: Expiring(program_id, -points - delayed, at),
    )


def movements(customer_ids: Collection[int]) -> dict[int, list[Moved]]:
    """How points came and went, the latest first; one query."""
    return _newest(
        PointsEntry.objects.all(),
        customer_ids,
        ("happened_at", "id"),
        (
            "enrollment__program_id",
            "kind",
            "points",
            "delayed",
            "transaction_number",
            "happened_at",
            "entered_by__name",
        ),
        lambda program_id, kind, points, delayed, *rest: Moved(
            program_id, kind, points + delayed, *rest
        ),
    )


def promotional_points(customer_ids: Collection[int]) -> dict[int, list[Promoted]]:
    """What promotions and goodwill gave, the latest first; one query."""
    return _newest(
        PointsLot.objects.filter(kind__in=PROMOTIONS),
        customer_ids,
        ("awarded_at", "id"),
        (
            "enrollment__program_id",
            "awarded",
            "remaining",
            "awarded_at",
            "awarded_by__name",
            "expires_at",
            "promotion_name",
        ),
        Promoted,
    )


def expiring_points(customer_ids: Collection[int], *, now: datetime) -> dict[int, list[Expiring]]:
    """What will expire and when, the soonest first; one query."""
    found: dict[int, list[Expiring]] = {pk: [] for pk in customer_ids}
    rows = (
        PointsLot.objects.filter(
            enrollment__customer_id__in=found,
            remaining__gt=0,
            available_at__lte=now,
            expires_at__gte=now,
        )
        .values_list("enrollment__customer_id", "enrollment__program_id", "expires_at")
        .annotate(points=Sum("remaining"))
        .order_by("expires_at", "enrollment__program_id")
    )
    for customer_id, program_id, at, points in rows:
        if len(found[customer_id]) < MOST:
            found[customer_id].append(Expiring(program_id, points, at))
    return found


def _newest(
    rows: QuerySet[Any],
    customer_ids: Collection[int],
    order: tuple[str, ...],
    columns: tuple[str, ...],
    made: Callable[..., T],
) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {pk: [] for pk in customer_ids}
    theirs = rows.filter(enrollment__customer_id__in=found)
    sorting = [F(name).desc() for name in order]
    newest = newest_of_each(theirs, by="enrollment__customer_id", order=sorting, limit=MOST)
    for customer_id, *values in newest.order_by(*sorting).values_list(
        "enrollment__customer_id", *columns
    ):
        found[customer_id].append(made(*values))
    return found
