"""What a customer has in each program (operations 11, 12, 13 and 14)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from customers.queries.lookup import LARGEST_ID
from loyalty.models import Enrollment, PartnerMembership, PointsLot, ProgramGroup
from loyalty.models.enrollment import BALANCES
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import ProgramRules, TierStep


@dataclass(frozen=True, slots=True)
class LinkedPartner:
    """A partner's program that the member is in; without tiers, no tier."""

    partner_program_id: int
    name: str
    description: str
    type: str
    is_tier_based: bool
    membership_id: str
    tier_number: int | None
    tier_name: str | None
    tier_expires_at: datetime | None


@dataclass(slots=True)
class Membership:
    """One enrolment with all its numbers.

    ``points`` is the balance of the ledger; ``available`` leaves out what has expired, and counts
    what has matured, since the last sweep. ``loyalty_id`` is the customer's first enrolment: one
    number for all programs, as in the reference.
    """

    enrollment_id: int
    loyalty_id: int
    program: ProgramRules
    tier: TierStep
    next_tier: TierStep | None
    tier_expires_at: datetime
    enrolled_at: datetime
    points: Decimal
    delayed: Decimal
    lifetime: Decimal
    redeemed: Decimal
    expired: Decimal
    returned: Decimal
    delayed_returned: Decimal
    adjusted: Decimal
    transferred_in: Decimal
    transferred_out: Decimal
    purchases: Decimal
    available: Decimal
    partners: list[LinkedPartner] = field(default_factory=list)

    @property
    def total_returned(self) -> Decimal:
        return self.returned + self.delayed_returned


@dataclass(frozen=True, slots=True)
class GroupMembership:
    """The programs of a group, with the member's points in all of them counted as one."""

    group_id: int
    title: str
    description: str
    points_to_currency: Decimal
    programs: list[ProgramRules]
    lifetime: Decimal
    points: Decimal
    delayed: Decimal


def list_memberships(
    *,
    org_id: int,
    customer_id: int,
    now: datetime,
    program_id: int | None = None,
    with_partners: bool = False,
) -> list[Membership]:
    """Return the customer's memberships, the oldest first, or the one in the program named.

    One query, two with the partners' programs; the programs are remembered.

    Raises:
        ProgramUnknown: the organization has no program of this id.
    """
    programs = get_programs(org_id)
    if program_id is not None:
        find_program(programs, program_id)
    if not 0 < customer_id <= LARGEST_ID:
        return []
    mine = Enrollment.objects.filter(customer_id=customer_id, org_id=org_id)
    rows = list(
        mine.order_by("pk")
        .annotate(available=Subquery(_spendable(now)))
        .values_list(
            "id",
            "program_id",
            "tier_id",
            "tier_expires_at",
            "enrolled_at",
            *BALANCES,
            "available",
        )
    )
    memberships = [
        _membership(programs[row[1]], rows[0][0], row)
        for row in rows
        if row[1] in programs and program_id in (None, row[1])
    ]
    if with_partners and memberships:
        _add_partners(memberships)
    return memberships


def group_memberships(*, org_id: int, memberships: Iterable[Membership]) -> list[GroupMembership]:
    """Gather memberships by the groups of their programs; one query, or none."""
    programs = get_programs(org_id)
    mine = list(memberships)
    group_ids = {m.program.group_id for m in mine if m.program.group_id is not None}
    if not group_ids:
        return []
    rows = ProgramGroup.objects.filter(org_id=org_id, pk__in=group_ids).order_by("pk")
    return [
        GroupMembership(
            group_id=group.pk,
            title=group.title,
            description=group.description,
            points_to_currency=group.points_to_currency,
            programs=[p for p in programs.values() if p.group_id == group.pk],
            lifetime=sum((m.lifetime for m in mine if m.program.group_id == group.pk), ZERO),
            points=sum((m.points for m in mine if m.program.group_id == group.pk), ZERO),
            delayed=sum((m.delayed for m in mine if m.program.group_id == group.pk), ZERO),
        )
        for group in rows
    ]


def _spendable(now: datetime) -> QuerySet[PointsLot, Any]:
    alive = Q(expires_at__isnull=True) | Q(expires_at__gte=now)
    lots = PointsLot.objects.filter(
        alive, enrollment_id=OuterRef("pk"), remaining__gt=0, available_at__lte=now
    )
    return lots.order_by().values("enrollment_id").annotate(n=Sum("remaining")).values("n")


def _membership(program: ProgramRules, loyalty_id: int, row: tuple[Any, ...]) -> Membership:
    pk, _, tier_id, tier_expires_at, enrolled_at, *amounts, available = row
    tier = program.step(tier_id)
    return Membership(
        enrollment_id=pk,
        loyalty_id=loyalty_id,
        program=program,
        tier=tier,
        next_tier=program.above(tier),
        tier_expires_at=tier_expires_at,
        enrolled_at=enrolled_at,
        available=available or ZERO,
        **dict(zip(BALANCES, amounts, strict=True)),
    )


def _add_partners(memberships: list[Membership]) -> None:
    by_id = {membership.enrollment_id: membership for membership in memberships}
    for row in (
        PartnerMembership.objects.filter(enrollment_id__in=by_id)
        .order_by("partner_program_id", "pk")
        .values_list(
            "enrollment_id",
            "partner_program_id",
            "partner_program__name",
            "partner_program__description",
            "partner_program__type",
            "partner_program__is_tier_based",
            "membership_id",
            "tier__serial",
            "tier__name",
            "tier_expires_at",
        )
    ):
        by_id[row[0]].partners.append(LinkedPartner(*row[1:]))
