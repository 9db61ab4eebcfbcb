"""What is missing for a member's next tier, and for keeping the one they have."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.models import Enrollment, Program
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import TierStep


@dataclass(frozen=True, slots=True)
class TierWay:
    """A member's tier in the program that counts for them.

    ``rule`` is what tiers go by, ``missing`` what lifts to the next one, and ``came_in`` what has
    come in since the tier began.
    """

    rule: str
    tier: TierStep
    expires_at: datetime
    came_in: Decimal
    next_tier: TierStep | None
    missing: Decimal


def list_tier_ways(*, org_id: int, customer_ids: Collection[int]) -> dict[int, TierWay | None]:
    """By customer: in the default program, else in the one joined first; None without any.

    One query; the programs are remembered.
    """
    programs = get_programs(org_id)
    ways: dict[int, TierWay | None] = dict.fromkeys(customer_ids)
    rows = Enrollment.objects.filter(
        org_id=org_id, customer_id__in=ways, program_id__in=programs
    ).order_by("-enrolled_at", "-pk")
    # The last one written wins: the default program's, else the oldest.
    for row in sorted(rows, key=lambda row: programs[row.program_id].is_default):
        program = programs[row.program_id]
        tier = program.step(row.tier_id)
        above = program.above(tier)
        by_points = program.tier_rule == Program.TierRule.LIFETIME_POINTS
        achieved = row.lifetime if by_points else row.purchases
        ways[row.customer_id] = TierWay(
            rule=program.tier_rule,
            tier=tier,
            expires_at=row.tier_expires_at,
            came_in=achieved - row.tier_basis,
            next_tier=above,
            missing=max(above.threshold - achieved, ZERO) if above else ZERO,
        )
    return ways
