"""What the staff's page about one customer shows of loyalty, as plain values."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.models import Coupon, PointsEntry, PointsLot, Transaction
from loyalty.queries.cards import CardDetails, list_card_details
from loyalty.queries.details import Membership, list_memberships
from loyalty.queries.points import ExpirySchedule, list_expiry_schedules
from loyalty.queries.programs import get_programs

MOST_LINES = 25


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One movement; ``expires_at`` is when what came in expires, the soonest of several."""

    id: int
    program: str
    kind: str
    points: Decimal
    delayed: Decimal
    shortfall: Decimal
    notes: str
    transaction_number: str
    happened_at: datetime
    who: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class BillLine:
    """A purchase or a return."""

    id: int
    type: str
    number: str
    store: str
    amount: Decimal
    billed_at: datetime


@dataclass(frozen=True, slots=True)
class HeldCoupon:
    """A coupon of the customer with its status at this moment, in words."""

    id: int
    code: str
    series: str
    status: str
    issued_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoyaltyDossier:
    """A customer's loyalty; lists that grow hold the newest lines only."""

    memberships: list[Membership]
    ledger: list[LedgerLine]
    expiring: list[ExpirySchedule]
    programs: dict[int, str]
    bills: list[BillLine]
    cards: list[CardDetails]
    coupons: list[HeldCoupon]


def get_loyalty_dossier(*, org_id: int, customer_id: int, now: datetime) -> LoyaltyDossier:
    """Return what loyalty knows of the customer; eight queries at most, whoever it is."""
    memberships = list_memberships(org_id=org_id, customer_id=customer_id, now=now)
    programs = {rules.id: rules.name for rules in get_programs(org_id).values()}
    enrollment_ids = [membership.enrollment_id for membership in memberships]
    return LoyaltyDossier(
        memberships=memberships,
        ledger=_ledger(enrollment_ids),
        expiring=list_expiry_schedules(org_id=org_id, customer_id=customer_id, now=now),
        programs=programs,
        bills=_bills(org_id, customer_id),
        cards=list_card_details(org_id=org_id, customer_ids=[customer_id], now=now)[customer_id],
        coupons=_coupons(org_id, customer_id, now),
    )


def coupon_status(coupon: Coupon, now: datetime) -> str:
    """REVOKED, REDEEMED, EXPIRED or ACTIVE, the first that holds."""
    if coupon.revoked_at is not None:
        return "REVOKED"
    if coupon.redemption_count and coupon.redemption_count == coupon.max_redemptions:
        return "REDEEMED"
    if coupon.expires_at is not None and coupon.expires_at < now:
        return "EXPIRED"
    return "ACTIVE"


def _ledger(enrollment_ids: Collection[int]) -> list[LedgerLine]:
    if not enrollment_ids:
        return []
    entries = list(
        PointsEntry.objects.filter(enrollment_id__in=enrollment_ids)
        .select_related("enrollment__program", "entered_by")
        .order_by("-pk")[:MOST_LINES]
    )
    ends: dict[int, list[datetime]] = defaultdict(list)
    # By member too, because lots are found by their member.
    for entry_id, expires_at in PointsLot.objects.filter(
        enrollment_id__in=enrollment_ids,
        entry_id__in=[entry.pk for entry in entries],
    ).values_list("entry_id", "expires_at"):
        if expires_at is not None:
            ends[entry_id].append(expires_at)
    return [
        LedgerLine(
            id=entry.pk,
            program=entry.enrollment.program.name,
            kind=entry.get_kind_display(),
            points=entry.points,
            delayed=entry.delayed,
            shortfall=entry.shortfall,
            notes=entry.notes,
            transaction_number=entry.transaction_number,
            happened_at=entry.happened_at,
            who=str(entry.entered_by) if entry.entered_by else "",
            expires_at=min(ends[entry.pk], default=None),
        )
        for entry in entries
    ]


def _bills(org_id: int, customer_id: int) -> list[BillLine]:
    rows = Transaction.objects.filter(org_id=org_id, customer_id=customer_id)
    return [
        BillLine(
            id=row.pk,
            type=row.get_type_display(),
            number=row.number,
            store=str(row.store) if row.store else "",
            amount=row.amount,
            billed_at=row.billed_at,
        )
        for row in rows.select_related("store").order_by("-billed_at", "-pk")[:MOST_LINES]
    ]


def _coupons(org_id: int, customer_id: int, now: datetime) -> list[HeldCoupon]:
    rows = Coupon.objects.filter(org_id=org_id, customer_id=customer_id)
    return [
        HeldCoupon(
            id=row.pk,
            code=row.code,
            series=row.series.description,
            status=coupon_status(row, now),
            issued_at=row.issued_at,
            expires_at=row.expires_at,
        )
        for row in rows.select_related("series").order_by("-pk")[:MOST_LINES]
    ]
