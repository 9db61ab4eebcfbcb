"""The progress of customers to their next tier, and to renewing the current one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.tenancy.models import Organization
from loyalty.models import Enrollment, PointsEntry, Program
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import ProgramRules, TierStep, get_tier_start
from loyalty.rules.tiers import Purchase, count_visits


@dataclass(frozen=True, slots=True)
class TierProgress:
    """The tier of a customer in their main program.

    ``rule`` is the tier rule of the program. ``missing`` is what the next tier still needs, and
    ``metric_since_start`` and ``visits_since_start`` are what came in since the current tier began.
    """

    rule: str
    tier: TierStep
    expires_at: datetime
    metric_since_start: Decimal
    next_tier: TierStep | None
    missing: Decimal
    visits_since_start: int = 0


def list_tier_progress(
    *, org: Organization, customer_ids: Collection[int]
) -> dict[int, TierProgress | None]:
    """Return each customer's progress in the default program, else in the first one joined.

    None for customers who are not enrolled. One query, or two where a tier is kept by visits; the
    programs are cached.
    """
    programs = get_programs(org.pk)
    progress_by_customer: dict[int, TierProgress | None] = dict.fromkeys(customer_ids)
    rows = Enrollment.objects.filter(
        org_id=org.pk, customer_id__in=progress_by_customer, program_id__in=programs
    ).order_by("-enrolled_at", "-pk")
    # The last value assigned wins: the default program's, else the oldest.
    main_rows = {
        row.customer_id: row
        for row in sorted(rows, key=lambda row: programs[row.program_id].is_default)
    }
    visits = _count_visits(org, programs, main_rows.values())
    for row in main_rows.values():
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
            visits_since_start=visits.get(row.pk, 0),
        )
    return progress_by_customer


def _count_visits(
    org: Organization, programs: Mapping[int, ProgramRules], rows: Iterable[Enrollment]
) -> dict[int, int]:
    """Count the visits of these members since their tier began, where it is kept by visits."""
    starts = {
        row.pk: get_tier_start(tier, row.tier_expires_at, org.zone)
        for row in rows
        for tier in [programs[row.program_id].step(row.tier_id)]
        if tier.renewal_visits is not None
    }
    if not starts:
        return {}
    purchases: dict[int, list[Purchase]] = defaultdict(list)
    for enrollment_id, at, amount in PointsEntry.objects.filter(
        enrollment_id__in=starts, kind="AWARD", purchases__gt=0
    ).values_list("enrollment_id", "happened_at", "purchases"):
        purchases[enrollment_id].append(Purchase(at, amount))
    return {pk: count_visits(purchases[pk], start, org.zone) for pk, start in starts.items()}
