"""What the rows of the ledger add up to, in plain arithmetic: nothing here asks the program."""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from loyalty.models import (
    Enrollment,
    PartnerMembership,
    PointsEntry,
    PointsLot,
    Program,
    Tier,
    TierChange,
    Transaction,
)

GIVING = {"AWARD", "PROMOTIONAL", "GOODWILL", "BONUS", "OPENING"}
ZERO = Decimal(0)


def told(moment: datetime | None) -> datetime | None:
    """A moment as the wire tells it: whole seconds."""
    return None if moment is None else moment.replace(microsecond=0)


def read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def total(amounts: Iterable[Decimal]) -> float:
    return float(sum(amounts, ZERO))


def enrollments_of(customer_id: int) -> list[Enrollment]:
    return list(
        Enrollment.objects.filter(customer_id=customer_id).select_related("program").order_by("pk")
    )


def spendable(lots: Iterable[PointsLot], now: datetime) -> list[PointsLot]:
    return [
        lot
        for lot in lots
        if lot.remaining > 0
        and lot.available_at <= now
        and (lot.expires_at is None or lot.expires_at >= now)
    ]


def balances(enrollment: Enrollment) -> dict[str, Any]:
    """What embed=points shows of a membership."""
    entries = list(PointsEntry.objects.filter(enrollment_id=enrollment.pk))
    lots = list(PointsLot.objects.filter(enrollment_id=enrollment.pk).select_related("entry"))

    def of(kind: str) -> list[PointsEntry]:
        return [entry for entry in entries if entry.kind == kind]

    # What came in, but for what still waits and for what left before it could be spent.
    lifetime = sum((lot.awarded for lot in lots if lot.entry.kind in GIVING), ZERO)
    lifetime -= sum((lot.remaining for lot in lots if lot.is_delayed), ZERO)
    lifetime += sum((e.delayed for e in entries if e.kind in ("RETURN", "EXPIRE")), ZERO)
    balance = sum((lot.remaining for lot in lots if not lot.is_delayed), ZERO)
    moved = sum((e.points for e in entries if e.kind in ("TRANSFER_IN", "TRANSFER_OUT")), ZERO)
    went = sum((e.points for e in entries if e.kind in ("REDEEM", "EXPIRE", "RETURN")), ZERO)
    adjusted = sum((entry.points for entry in of("ADJUST")), ZERO)
    assert balance == lifetime + went + moved + adjusted
    return {
        "redeemed": total(-entry.points for entry in of("REDEEM")),
        "expired": total(-entry.points - entry.delayed for entry in of("EXPIRE")),
        "returned": total(-entry.points for entry in of("RETURN")),
        "adjusted": float(adjusted),
        "lifetimePoints": float(lifetime),
        "loyaltyPoints": float(balance),
        "cumulativePurchases": purchases(enrollment),
        "loyaltyId": min(one.pk for one in enrollments_of(enrollment.customer_id)),
        "programId": enrollment.program_id,
        **standing(enrollment),
    }


def purchases(enrollment: Enrollment) -> float:
    """Bills less what came back of them."""
    bills = Transaction.objects.filter(
        customer_id=enrollment.customer_id, program_id=enrollment.program_id
    )
    return total(bill.amount if bill.type == "REGULAR" else -bill.amount for bill in bills)


def standing(enrollment: Enrollment) -> dict[str, Any]:
    """The tier that the history ends with, and the one above it."""
    last = TierChange.objects.filter(enrollment_id=enrollment.pk).latest("pk")
    above = (
        Tier.objects.filter(program_id=enrollment.program_id, serial__gt=last.tier.serial)
        .order_by("serial")
        .first()
    )
    return {
        "currentSlab": last.tier.name,
        "slabSNo": last.tier.serial,
        "slabExpiryDate": told(last.expires_at),
        "nextSlab": above.name if above else "",
        "nextSlabSerialNumber": above.serial if above else -1,
        "nextSlabDescription": above.description if above else "",
    }


def membership(enrollment: Enrollment, now: datetime) -> dict[str, Any]:
    """A row of loyaltyDetails."""
    entries = PointsEntry.objects.filter(enrollment_id=enrollment.pk, kind="RETURN")
    lots = list(PointsLot.objects.filter(enrollment_id=enrollment.pk))
    return {
        **balances(enrollment),
        "delayedPoints": total(lot.remaining for lot in lots if lot.is_delayed),
        "delayedReturnedPoints": total(-entry.delayed for entry in entries),
        "totalAvailablePoints": total(lot.remaining for lot in spendable(lots, now)),
        "totalReturnedPoints": total(-entry.points - entry.delayed for entry in entries),
        "linkedPartnerPrograms": [
            partner(row)
            for row in PartnerMembership.objects.filter(enrollment_id=enrollment.pk).order_by(
                "partner_program_id"
            )
        ],
    }


def partner(row: PartnerMembership) -> dict[str, Any]:
    program = row.partner_program
    told_of_tier = {}
    if row.tier is not None:
        told_of_tier = {
            "partnerTierNumber": row.tier.serial,
            "partnerTierName": row.tier.name,
            "partnerTierExpiryDate": told(row.tier_expires_at),
        }
    return {
        "partnerProgramId": program.pk,
        "partnerProgramName": program.name,
        "partnerProgramDescription": program.description,
        "partnerMembershipId": row.membership_id,
        "partnerProgramType": program.type,
        "tierBased": program.is_tier_based,
        **told_of_tier,
    }


def titled(enrollment: Enrollment, now: datetime) -> dict[str, Any]:
    """An element of loyaltyProgramDetails."""
    return {
        **membership(enrollment, now),
        "programTitle": enrollment.program.name,
        "programDescription": enrollment.program.description,
        "programPointsToCurrencyRatio": float(enrollment.program.points_to_currency),
    }


def schedules(customer_id: int, now: datetime) -> list[tuple[Any, ...]]:
    """What expires when: program, moment, kind, points and the way of expiring, soonest first."""
    sums: dict[tuple[Any, ...], Decimal] = {}
    for enrollment in enrollments_of(customer_id):
        is_rolling = enrollment.program.points_expiry == Program.PointsExpiry.ROLLING
        lots = PointsLot.objects.filter(enrollment_id=enrollment.pk, expires_at__isnull=False)
        for lot in spendable(lots, now):
            way = "ROLLING" if is_rolling else "FIXED"
            key = told(lot.expires_at), enrollment.program_id, lot.kind, way
            sums[key] = sums.get(key, ZERO) + lot.remaining
    return [(*key, float(points)) for key, points in sorted(sums.items())]


def promotions(customer_id: int, *scopes: str) -> list[tuple[Any, ...]]:
    """What promotions and goodwill gave: program, points, when, until when, and where.

    Goodwill and promotions of the whole customer have the scope CUSTOMER or none.
    """
    lots = PointsLot.objects.filter(
        enrollment__customer_id=customer_id,
        kind__in=("PROMOTIONAL", "GOODWILL"),
        promotion_scope__in=scopes,
    ).select_related("enrollment", "awarded_by")
    return [
        (
            lot.enrollment.program_id,
            float(lot.awarded),
            told(lot.awarded_at),
            told(lot.expires_at),
            lot.awarded_by and lot.awarded_by.code,
        )
        for lot in sorted(lots, key=lambda lot: (lot.awarded_at, lot.pk), reverse=True)
    ]


def expired(customer_id: int) -> list[tuple[Any, ...]]:
    """What was not spent in time: program, points and when, the latest first."""
    entries = PointsEntry.objects.filter(
        enrollment__customer_id=customer_id, kind="EXPIRE"
    ).select_related("enrollment")
    return [
        (
            entry.enrollment.program_id,
            float(-entry.points - entry.delayed),
            told(entry.happened_at),
        )
        for entry in sorted(entries, key=lambda entry: (entry.happened_at, entry.pk), reverse=True)
    ]


def rate_at(enrollment_id: int, moment: datetime) -> Decimal:
    """What the member earned for a unit just before what happened at this moment lifted them."""
    changes = TierChange.objects.filter(enrollment_id=enrollment_id).order_by("pk")
    held = [
        change.tier.earn_rate
        for change in changes.select_related("tier")
        if change.changed_at < moment
        or (change.changed_at == moment and change.reason != TierChange.Reason.LIFTED)
    ]
    return held[-1]


def rounded(points: Decimal) -> Decimal:
    return points.quantize(Decimal("0.01"), ROUND_HALF_UP)
