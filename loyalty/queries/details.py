"""What a customer has in each program (operations 11, 12, 13 and 14).

A customer's details read it, the hottest read there is: rows come by SQL of our own, since making
the statements anew would cost more than running them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from customers.queries.lookup import LARGEST_ID
from loyalty.models import ProgramGroup
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
    at = connection.ops.adapt_datetimefield_value(now)
    rows = _fetch(_MEMBERSHIPS, [at, at, customer_id, org_id])
    memberships = [
        _membership(programs[row[1]], rows[0][0], row)
        for row in rows
        if row[1] in programs and program_id in (None, row[1])
    ]
    if with_partners and memberships:
        _add_partners(memberships, org_id, customer_id)
    return memberships


def get_lifetime_purchases(*, org_id: int, customer_id: int) -> Decimal:
    """Return what a customer spent in the default program, nothing where they are not in it.

    One query.
    """
    if not 0 < customer_id <= LARGEST_ID:
        return ZERO
    rows = _fetch(_PURCHASES, [customer_id, org_id])
    return _amount(rows[0][0]) if rows else ZERO


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


_MEMBERSHIPS = f"""
    SELECT m.id, m.program_id, m.tier_id, m.tier_expires_at, m.enrolled_at,
           {", ".join(f"m.{name}" for name in BALANCES)},
           (SELECT SUM(l.remaining)
              FROM loyalty_pointslot l
             WHERE l.enrollment_id = m.id AND l.remaining > 0 AND l.available_at <= %s
               AND (l.expires_at IS NULL OR l.expires_at >= %s))
      FROM loyalty_enrollment m
     WHERE m.customer_id = %s AND m.org_id = %s
     ORDER BY m.id"""  # noqa: S608

_PARTNERS = """
    SELECT m.id, p.id, p.name, p.description, p.type, p.is_tier_based, s.membership_id,
           t.serial, t.name, s.tier_expires_at
      FROM loyalty_enrollment m
      JOIN loyalty_partnermembership s ON s.enrollment_id = m.id
      JOIN loyalty_partnerprogram p ON p.id = s.partner_program_id
      LEFT JOIN loyalty_partnertier t ON t.id = s.tier_id
     WHERE m.customer_id = %s AND m.org_id = %s
     ORDER BY p.id, s.id"""

_PURCHASES = """
    SELECT m.purchases
      FROM loyalty_enrollment m
      JOIN loyalty_program p ON p.id = m.program_id
     WHERE m.customer_id = %s AND m.org_id = %s AND p.is_default"""


def _fetch(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _membership(program: ProgramRules, loyalty_id: int, row: tuple[Any, ...]) -> Membership:
    pk, _, tier_id, tier_expires_at, enrolled_at, *amounts, available = row
    balances: dict[str, Any] = dict(zip(BALANCES, map(_amount, amounts), strict=True))
    tier = program.step(tier_id)
    return Membership(
        enrollment_id=pk,
        loyalty_id=loyalty_id,
        program=program,
        tier=tier,
        next_tier=program.above(tier),
        tier_expires_at=_aware(tier_expires_at),
        enrolled_at=_aware(enrolled_at),
        available=_amount(available or 0),
        **balances,
    )


def _add_partners(memberships: list[Membership], org_id: int, customer_id: int) -> None:
    by_id = {membership.enrollment_id: membership for membership in memberships}
    for enrollment_id, *said, is_tier_based, number, serial, tier, ends in _fetch(
        _PARTNERS, [customer_id, org_id]
    ):
        if (membership := by_id.get(enrollment_id)) is None:
            continue
        pk, name, description, type = said
        membership.partners.append(
            LinkedPartner(
                partner_program_id=pk,
                name=name,
                description=description,
                type=type,
                is_tier_based=bool(is_tier_based),
                membership_id=number,
                tier_number=serial,
                tier_name=tier,
                tier_expires_at=_aware(ends) if ends else None,
            )
        )


def _amount(thousandths: int | Decimal) -> Decimal:
    # A sum comes back from PostgreSQL as a Decimal already.
    return Decimal(thousandths).scaleb(-3)


def _aware(moment: datetime) -> datetime:
    # SQLite keeps UTC without saying so.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
