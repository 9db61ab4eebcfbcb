"""The loyalty data on the customer page of the admin, as plain values."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.models import Coupon, PointsEntry, PointsLot, Transaction
from loyalty.queries.cards.cards import CardDetails, list_card_details
from loyalty.queries.enrollments.memberships import Membership, list_memberships
from loyalty.queries.partners import PartnerLinkView, list_partner_links
from loyalty.queries.points.ledger import (
    REVERSAL_LINKS,
    get_reversed_moment,
    get_reversed_points,
)
from loyalty.queries.points.points import ExpirySchedule, list_expiry_schedules
from loyalty.queries.programs import get_programs
from loyalty.rules.transactions import RETURNS

MAX_LINES = 25


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One ledger entry; ``expires_at`` is the earliest expiry of the points it added.

    ``reversed`` is what of a redemption was reversed; ``redeemed_at`` is when the points of a
    reversal were redeemed.
    """

    id: int
    program: str
    kind: str
    points: Decimal
    delayed: Decimal
    shortfall: Decimal
    notes: str
    transaction_number: str
    happened_at: datetime
    entered_by: str
    expires_at: datetime | None
    reversed: Decimal
    redeemed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TransactionLine:
    """A purchase or a return; ``type`` is the label of its type."""

    id: int
    type: str
    is_return: bool
    number: str
    store: str
    amount: Decimal
    billed_at: datetime


@dataclass(frozen=True, slots=True)
class HeldCoupon:
    """A coupon of the customer with its current status."""

    id: int
    code: str
    series: str
    status: str
    issued_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoyaltyOverview:
    """The loyalty data of a customer; long lists hold the newest lines only."""

    memberships: list[Membership]
    ledger: list[LedgerLine]
    expiry_schedules: list[ExpirySchedule]
    programs: dict[int, str]
    transactions: list[TransactionLine]
    cards: list[CardDetails]
    coupons: list[HeldCoupon]
    partner_links: list[PartnerLinkView]


def get_loyalty_overview(*, org_id: int, customer_id: int, now: datetime) -> LoyaltyOverview:
    """Return the loyalty data of the customer; nine queries at most."""
    memberships = list_memberships(org_id=org_id, customer_id=customer_id, now=now)
    programs = {rules.id: rules.name for rules in get_programs(org_id).values()}
    enrollment_ids = [membership.enrollment_id for membership in memberships]
    return LoyaltyOverview(
        memberships=memberships,
        ledger=_list_ledger_lines(enrollment_ids),
        expiry_schedules=list_expiry_schedules(org_id=org_id, customer_id=customer_id, now=now),
        programs=programs,
        transactions=_list_transactions(org_id, customer_id),
        cards=list_card_details(org_id=org_id, customer_ids=[customer_id], now=now)[customer_id],
        coupons=_list_coupons(org_id, customer_id, now),
        partner_links=(
            list_partner_links(org_id=org_id, customer_id=customer_id) if memberships else []
        ),
    )


def get_coupon_status(coupon: Coupon, now: datetime) -> str:
    """Return REVOKED, REDEEMED, EXPIRED or ACTIVE, the first that applies."""
    if coupon.revoked_at is not None:
        return "REVOKED"
    if coupon.redemption_count and coupon.redemption_count == coupon.max_redemptions:
        return "REDEEMED"
    if coupon.expires_at is not None and coupon.expires_at < now:
        return "EXPIRED"
    return "ACTIVE"


def _list_ledger_lines(enrollment_ids: Collection[int]) -> list[LedgerLine]:
    if not enrollment_ids:
        return []
    entries = list(
        PointsEntry.objects.filter(enrollment_id__in=enrollment_ids)
        .select_related("enrollment__program", "entered_by", *REVERSAL_LINKS)
        .order_by("-pk")[:MAX_LINES]
    )
    expiry_dates: dict[int, list[datetime]] = defaultdict(list)
    # The index of lots begins with the enrollment, so the query names it too.
    for entry_id, expires_at in PointsLot.objects.filter(
        enrollment_id__in=enrollment_ids,
        entry_id__in=[entry.pk for entry in entries],
    ).values_list("entry_id", "expires_at"):
        if expires_at is not None:
            expiry_dates[entry_id].append(expires_at)
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
            entered_by=str(entry.entered_by) if entry.entered_by else "",
            expires_at=min(expiry_dates[entry.pk], default=None),
            reversed=get_reversed_points(entry),
            redeemed_at=get_reversed_moment(entry),
        )
        for entry in entries
    ]


def _list_transactions(org_id: int, customer_id: int) -> list[TransactionLine]:
    rows = Transaction.objects.filter(org_id=org_id, customer_id=customer_id)
    return [
        TransactionLine(
            id=row.pk,
            type=row.get_type_display(),
            is_return=row.type in RETURNS,
            number=row.number,
            store=str(row.store) if row.store else "",
            amount=row.amount,
            billed_at=row.billed_at,
        )
        for row in rows.select_related("store").order_by("-billed_at", "-pk")[:MAX_LINES]
    ]


def _list_coupons(org_id: int, customer_id: int, now: datetime) -> list[HeldCoupon]:
    rows = Coupon.objects.filter(org_id=org_id, customer_id=customer_id)
    return [
        HeldCoupon(
            id=row.pk,
            code=row.code,
            series=row.series.description,
            status=get_coupon_status(row, now),
            issued_at=row.issued_at,
            expires_at=row.expires_at,
        )
        for row in rows.select_related("series").order_by("-pk")[:MAX_LINES]
    ]
