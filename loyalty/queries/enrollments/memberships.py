"""The memberships of a customer in programs (operations 11, 12, 13 and 14).

Customer details are the most frequent read. The queries are raw SQL, because building them with the
ORM would cost more than running them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from crm.kernel.ids import LARGEST_ID
from loyalty.models import ProgramGroup
from loyalty.models.enrollment import BALANCES
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import ProgramRules, TierStep


@dataclass(frozen=True, slots=True)
class LinkedPartner:
    """A partner program linked to an enrollment; its tier is None if it has no tiers."""

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
    """One enrollment with its balances.

    ``points`` is the balance of the ledger. ``available`` also counts what has expired or matured
    since the scheduled tasks last ran. ``loyalty_id`` is the id of the customer's first
    enrollment: one number for all programs, as in the reference.
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
    """The programs of a group, with the customer's points in all of them added up."""

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
    """Return the customer's memberships, oldest first, or only the one in ``program_id``.

    One query, two with partner programs; the programs are cached.

    Raises:
        ProgramUnknown: the organization has no program of this id.
    """
    programs = get_programs(org_id)
    if program_id is not None:
        find_program(programs, program_id)
    if not 0 < customer_id <= LARGEST_ID:
        return []
    now_value = connection.ops.adapt_datetimefield_value(now)
    rows = _fetch_rows(_MEMBERSHIPS_SQL, [now_value, now_value, customer_id, org_id])
    memberships = [
        _build_membership(programs[row[1]], rows[0][0], row)
        for row in rows
        if row[1] in programs and program_id in (None, row[1])
    ]
    if with_partners and memberships:
        _add_partners(memberships, org_id, customer_id)
    return memberships


def get_lifetime_purchases(*, org_id: int, customer_id: int) -> Decimal:
    """Return the customer's purchases in the default program; zero if not enrolled in it.

    One query.
    """
    if not 0 < customer_id <= LARGEST_ID:
        return ZERO
    rows = _fetch_rows(_PURCHASES_SQL, [customer_id, org_id])
    return _parse_thousandths(rows[0][0]) if rows else ZERO


def group_memberships(*, org_id: int, memberships: Iterable[Membership]) -> list[GroupMembership]:
    """Group memberships by the groups of their programs; one query, or none."""
    programs = get_programs(org_id)
    membership_list = list(memberships)
    group_ids = {m.program.group_id for m in membership_list if m.program.group_id is not None}
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
            lifetime=sum(
                (m.lifetime for m in membership_list if m.program.group_id == group.pk), ZERO
            ),
            points=sum((m.points for m in membership_list if m.program.group_id == group.pk), ZERO),
            delayed=sum(
                (m.delayed for m in membership_list if m.program.group_id == group.pk), ZERO
            ),
        )
        for group in rows
    ]


_MEMBERSHIPS_SQL = f"""
    SELECT m.id, m.program_id, m.tier_id, m.tier_expires_at, m.enrolled_at,
           {", ".join(f"m.{name}" for name in BALANCES)},
           (SELECT SUM(l.remaining)
              FROM loyalty_pointslot l
             WHERE l.enrollment_id = m.id AND l.remaining > 0 AND l.available_at <= %s
               AND (l.expires_at IS NULL OR l.expires_at >= %s))
      FROM loyalty_enrollment m
     WHERE m.customer_id = %s AND m.org_id = %s
     ORDER BY m.id"""  # noqa: S608

_PARTNERS_SQL = """
    SELECT m.id, p.id, p.name, p.description, p.type, p.is_tier_based, s.membership_id,
           t.serial, t.name, s.tier_expires_at
      FROM loyalty_enrollment m
      JOIN loyalty_partnermembership s ON s.enrollment_id = m.id
      JOIN loyalty_partnerprogram p ON p.id = s.partner_program_id
      LEFT JOIN loyalty_partnertier t ON t.id = s.tier_id
     WHERE m.customer_id = %s AND m.org_id = %s AND s.unlinked_at IS NULL
     ORDER BY p.id, s.id"""

_PURCHASES_SQL = """
    SELECT m.purchases
      FROM loyalty_enrollment m
      JOIN loyalty_program p ON p.id = m.program_id
     WHERE m.customer_id = %s AND m.org_id = %s AND p.is_default"""


def _fetch_rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _build_membership(program: ProgramRules, loyalty_id: int, row: tuple[Any, ...]) -> Membership:
    pk, _, tier_id, tier_expires_at, enrolled_at, *amounts, available = row
    balances: dict[str, Any] = dict(zip(BALANCES, map(_parse_thousandths, amounts), strict=True))
    tier = program.step(tier_id)
    return Membership(
        enrollment_id=pk,
        loyalty_id=loyalty_id,
        program=program,
        tier=tier,
        next_tier=program.above(tier),
        tier_expires_at=_make_aware(tier_expires_at),
        enrolled_at=_make_aware(enrolled_at),
        available=_parse_thousandths(available or 0),
        **balances,
    )


def _add_partners(memberships: list[Membership], org_id: int, customer_id: int) -> None:
    by_id = {membership.enrollment_id: membership for membership in memberships}
    for (
        enrollment_id,
        *program_values,
        is_tier_based,
        membership_id,
        serial,
        tier,
        expires_at,
    ) in _fetch_rows(_PARTNERS_SQL, [customer_id, org_id]):
        if (membership := by_id.get(enrollment_id)) is None:
            continue
        pk, name, description, type = program_values
        membership.partners.append(
            LinkedPartner(
                partner_program_id=pk,
                name=name,
                description=description,
                type=type,
                is_tier_based=bool(is_tier_based),
                membership_id=membership_id,
                tier_number=serial,
                tier_name=tier,
                tier_expires_at=_make_aware(expires_at) if expires_at else None,
            )
        )


def _parse_thousandths(thousandths: int | Decimal) -> Decimal:
    # PostgreSQL returns a sum as a Decimal.
    return Decimal(thousandths).scaleb(-3)


def _make_aware(moment: datetime) -> datetime:
    # SQLite returns UTC without a time zone.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
