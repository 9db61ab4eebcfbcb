"""The progress of customers to their next tier, and to renewing the current one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.models import Enrollment, Program
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import TierStep


@dataclass(frozen=True, slots=True)
class TierProgress:
    """The tier of a customer in their main program.

    ``rule`` is the tier rule of the program. ``missing`` is what the next tier still needs, and
    ``metric_since_start`` the increase since the current tier began.
    """

    rule: str
    tier: TierStep
    expires_at: datetime
    metric_since_start: Decimal
    next_tier: TierStep | None
    missing: Decimal


def list_tier_progress(
    *, org_id: int, customer_ids: Collection[int]
) -> dict[int, TierProgress | None]:
    """Return each customer's progress in the default program, else in the first one joined.

    None for customers who are not enrolled. One query; the programs are cached.
    """
    programs = get_programs(org_id)
    progress_by_customer: dict[int, TierProgress | None] = dict.fromkeys(customer_ids)
    rows = Enrollment.objects.filter(
        org_id=org_id, customer_id__in=progress_by_customer, program_id__in=programs
    ).order_by("-enrolled_at", "-pk")
    # The last value assigned wins: the default program's, else the oldest.
    for row in sorted(rows, key=lambda row: programs[row.program_id].is_default):
        program = programs[row.program_id]
        tier = program.step(row.tier_id)
        next_tier = program.above(tier)
        is_by_points = program.tier_rule == Program.TierRule.LIFETIME_POINTS
        metric = row.lifetime if is_by_points else row.purchases
        progress_by_customer[row.customer_id] = TierProgress(
            rule=program.tier_rule,
            tier=tier,
            expires_at=row.tier_expires_at,
            metric_since_start=metric - row.tier_basis,
            next_tier=next_tier,
            missing=max(next_tier.threshold - metric, ZERO) if next_tier else ZERO,
        )
    return progress_by_customer
