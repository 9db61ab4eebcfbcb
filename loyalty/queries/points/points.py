"""A customer's points by expiry and promotion, and their transfers (operations 13, 17 and 30)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum

from customers.models import Profile
from loyalty.models import PointsEntry, PointsLot, PointsTransfer, TierChange

PROMOTIONS = (PointsLot.Kind.PROMOTIONAL, PointsLot.Kind.GOODWILL)


@dataclass(frozen=True, slots=True)
class ExpirySchedule:
    """Points of one kind that expire at the same time."""

    program_id: int
    expires_at: datetime
    kind: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class ExpiredPoints:
    """Points that expired."""

    program_id: int
    expired_at: datetime
    points: Decimal


@dataclass(frozen=True, slots=True)
class PromotionalPoints:
    """Promotional or goodwill points."""

    program_id: int
    points: Decimal
    remaining: Decimal
    issued_at: datetime
    issued_by_code: str | None
    issued_by_name: str | None
    expires_at: datetime | None
    promotion: str
    scope: str
    source_type: str
    source_id: int


@dataclass(frozen=True, slots=True)
class TransferSide:
    """A customer in a transfer, with the name of their oldest profile; INSTORE is preferred."""

    customer_id: int
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A transfer as one customer sees it: an ADDITION or a DEDUCTION."""

    id: int
    type: str
    transferred_at: datetime
    points: Decimal
    giver: TransferSide
    receiver: TransferSide
    notes: str
    program: str


@dataclass(frozen=True, slots=True)
class TierChangeLine:
    """One tier change."""

    program_id: int
    previous: str | None
    tier: str
    reason: str
    changed_at: datetime
    expires_at: datetime


def list_expiry_schedules(
    *,
    org_id: int,
    customer_id: int,
    now: datetime,
    program_ids: Iterable[int] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    earliest_only: bool = False,
) -> list[ExpirySchedule]:
    """List the points that will expire, soonest first; one query.

    ``earliest_only`` keeps the first expiry of each program. Points that never expire, are delayed
    or have already expired are left out.
    """
    lots = PointsLot.objects.filter(
        enrollment__customer_id=customer_id,
        enrollment__org_id=org_id,
        remaining__gt=0,
        available_at__lte=now,
        expires_at__gte=max(start, now) if start else now,
    )
    if end is not None:
        lots = lots.filter(expires_at__lte=end)
    if program_ids is not None:
        lots = lots.filter(enrollment__program_id__in=list(program_ids))
    rows = (
        lots.values_list("enrollment__program_id", "expires_at", "kind")
        .annotate(points=Sum("remaining"))
        .order_by("expires_at", "enrollment__program_id", "kind")
    )
    schedules = [ExpirySchedule(*row) for row in rows]
    if not earliest_only:
        return schedules
    first_expiry: dict[int, datetime] = {}
    for schedule in schedules:
        first_expiry.setdefault(schedule.program_id, schedule.expires_at)
    return [
        schedule
        for schedule in schedules
        if schedule.expires_at == first_expiry[schedule.program_id]
    ]


def list_expired_points(*, org_id: int, customer_id: int, limit: int = 100) -> list[ExpiredPoints]:
    """List the expired points, newest first; one query."""
    rows = PointsEntry.objects.filter(
        enrollment__customer_id=customer_id, org_id=org_id, kind=PointsEntry.Kind.EXPIRE
    ).order_by("-happened_at", "-id")
    return [
        ExpiredPoints(program_id, expired_at, -points - delayed)
        for program_id, expired_at, points, delayed in rows.values_list(
            "enrollment__program_id", "happened_at", "points", "delayed"
        )[:limit]
    ]


def list_promotional_points(
    *, org_id: int, customer_id: int, limit: int = 100
) -> list[PromotionalPoints]:
    """List the promotional and goodwill points, newest first; one query."""
    rows = PointsLot.objects.filter(
        enrollment__customer_id=customer_id, enrollment__org_id=org_id, kind__in=PROMOTIONS
    ).order_by("-awarded_at", "-id")
    return [
        PromotionalPoints(*row)
        for row in rows.values_list(
            "enrollment__program_id",
            "awarded",
            "remaining",
            "awarded_at",
            "awarded_by__code",
            "awarded_by__name",
            "expires_at",
            "promotion_name",
            "promotion_scope",
            "promotion_source_type",
            "promotion_source_id",
        )[:limit]
    ]


def list_transfers(
    *, org_id: int, customer_id: int, limit: int = 100, program_id: int | None = None
) -> list[TransferLine]:
    """List a customer's transfers, newest first; two queries.

    After a merge the customer may be on both sides; the transfer is then listed twice.
    """
    transfers_q = Q(from_customer_id=customer_id) | Q(to_customer_id=customer_id)
    if program_id is not None:
        transfers_q &= Q(program_id=program_id)
    rows = list(
        PointsTransfer.objects.filter(transfers_q, org_id=org_id)
        .order_by("-transferred_at", "-id")
        .values_list(
            "id",
            "transferred_at",
            "points",
            "from_customer_id",
            "to_customer_id",
            "notes",
            "program__name",
        )[:limit]
    )
    sides = _load_sides({row[3] for row in rows} | {row[4] for row in rows})
    lines = []
    for pk, transferred_at, points, giver, receiver, notes, program in rows:
        for type, customer in (("DEDUCTION", giver), ("ADDITION", receiver)):
            if customer == customer_id:
                lines.append(
                    TransferLine(
                        pk,
                        type,
                        transferred_at,
                        points,
                        sides[giver],
                        sides[receiver],
                        notes,
                        program,
                    )
                )
    return lines


def list_tier_changes(*, org_id: int, customer_id: int, limit: int = 100) -> list[TierChangeLine]:
    """List a customer's tier changes, newest first; one query."""
    rows = TierChange.objects.filter(
        enrollment__customer_id=customer_id, enrollment__org_id=org_id
    ).order_by("-changed_at", "-id")
    return [
        TierChangeLine(*row)
        for row in rows.values_list(
            "enrollment__program_id",
            "previous_tier__name",
            "tier__name",
            "reason",
            "changed_at",
            "expires_at",
        )[:limit]
    ]


def _load_sides(customer_ids: set[int]) -> dict[int, TransferSide]:
    sides = {pk: TransferSide(pk, "", "") for pk in customer_ids}
    if not customer_ids:
        return sides
    rows = Profile.objects.filter(customer_id__in=customer_ids, closed_at__isnull=True).values_list(
        "customer_id", "first_name", "last_name", "source_account__source", "id"
    )
    # The last value assigned wins: the oldest INSTORE profile, else the oldest profile.
    for pk, first_name, last_name, *_ in sorted(
        rows, key=lambda row: (row[3] == "INSTORE", -row[4])
    ):
        sides[pk] = TransferSide(pk, first_name, last_name)
    return sides
