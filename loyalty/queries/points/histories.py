"""The history of points and tiers of many customers at once (v1.1 ``customer/get``)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import F, QuerySet, Sum

from loyalty.models import PointsEntry, PointsLot, TierChange
from loyalty.queries.transactions.purchases import limit_per_group

# How many lines are returned for each customer.
MAX_LINES = 100
PROMOTIONS = (PointsLot.Kind.PROMOTIONAL, PointsLot.Kind.GOODWILL)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TierChangeLine:
    """One change of tier."""

    program_id: int
    previous: str | None
    tier: str
    reason: str
    changed_at: datetime
    expires_at: datetime
    changed_in: str | None


@dataclass(frozen=True, slots=True)
class ExpiringPoints:
    """Points that expire, or expired, at the same time."""

    program_id: int
    points: Decimal
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PointsMovement:
    """One movement of points."""

    program_id: int
    kind: str
    points: Decimal
    transaction_number: str
    happened_at: datetime
    entity_name: str | None


@dataclass(frozen=True, slots=True)
class PromotionPoints:
    """Promotional or goodwill points."""

    program_id: int
    points: Decimal
    remaining: Decimal
    issued_at: datetime
    issued_by: str | None
    expires_at: datetime | None
    promotion: str


def list_tier_changes(customer_ids: Collection[int]) -> dict[int, list[TierChangeLine]]:
    """Return the tier changes of each customer, newest first; one query."""
    return _list_newest(
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
        TierChangeLine,
    )


def list_expired_points(customer_ids: Collection[int]) -> dict[int, list[ExpiringPoints]]:
    """Return the expired points of each customer, newest first; one query."""
    return _list_newest(
        PointsEntry.objects.filter(kind=PointsEntry.Kind.EXPIRE),
        customer_ids,
        ("happened_at", "id"),
        ("enrollment__program_id", "points", "delayed", "happened_at"),
        lambda program_id, points, delayed, expired_at: ExpiringPoints(
            program_id, -points - delayed, expired_at
        ),
    )


def list_movements(customer_ids: Collection[int]) -> dict[int, list[PointsMovement]]:
    """Return the points movements of each customer, newest first; one query."""
    return _list_newest(
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
        lambda program_id, kind, points, delayed, *rest: PointsMovement(
            program_id, kind, points + delayed, *rest
        ),
    )


def list_promotional_points(customer_ids: Collection[int]) -> dict[int, list[PromotionPoints]]:
    """Return the promotional and goodwill points of each customer, newest first; one query."""
    return _list_newest(
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
        PromotionPoints,
    )


def list_expiring_points(
    customer_ids: Collection[int], *, now: datetime
) -> dict[int, list[ExpiringPoints]]:
    """Return the points of each customer that will expire, soonest first; one query."""
    lines_by_customer: dict[int, list[ExpiringPoints]] = {pk: [] for pk in customer_ids}
    rows = (
        PointsLot.objects.filter(
            enrollment__customer_id__in=lines_by_customer,
            remaining__gt=0,
            available_at__lte=now,
            expires_at__gte=now,
        )
        .values_list("enrollment__customer_id", "enrollment__program_id", "expires_at")
        .annotate(points=Sum("remaining"))
        .order_by("expires_at", "enrollment__program_id")
    )
    for customer_id, program_id, expires_at, points in rows:
        if len(lines_by_customer[customer_id]) < MAX_LINES:
            lines_by_customer[customer_id].append(ExpiringPoints(program_id, points, expires_at))
    return lines_by_customer


def _list_newest(
    rows: QuerySet[Any],
    customer_ids: Collection[int],
    order: tuple[str, ...],
    columns: tuple[str, ...],
    build_line: Callable[..., T],
) -> dict[int, list[T]]:
    lines_by_customer: dict[int, list[T]] = {pk: [] for pk in customer_ids}
    customer_rows = rows.filter(enrollment__customer_id__in=lines_by_customer)
    ordering = [F(name).desc() for name in order]
    newest = limit_per_group(
        customer_rows, group_by="enrollment__customer_id", order=ordering, limit=MAX_LINES
    )
    for customer_id, *values in newest.order_by(*ordering).values_list(
        "enrollment__customer_id", *columns
    ):
        lines_by_customer[customer_id].append(build_line(*values))
    return lines_by_customer
