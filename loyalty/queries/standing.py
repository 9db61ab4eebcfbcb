"""Where customers stand in the program that counts for them, many at once (v1.1's headings)."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from loyalty.models import Enrollment
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO


@dataclass(frozen=True, slots=True)
class Standing:
    """Balances and tier in one program; who is in none has nothing, and no tier."""

    points: Decimal = ZERO
    lifetime: Decimal = ZERO
    purchases: Decimal = ZERO
    tier: str | None = None


def list_standings(*, org_id: int, customer_ids: Collection[int]) -> dict[int, Standing]:
    """Return by customer where each stands: in the default program, else in the one joined first.

    One query; the programs are remembered.
    """
    programs = get_programs(org_id)
    standings = dict.fromkeys(customer_ids, Standing())
    if not standings:
        return standings
    rows = Enrollment.objects.filter(
        org_id=org_id, customer_id__in=standings, program_id__in=programs
    ).values_list(
        "customer_id",
        "program_id",
        "tier_id",
        "points",
        "lifetime",
        "purchases",
        "enrolled_at",
        "pk",
    )
    # The last one written wins: the default program's, else the oldest.
    for customer_id, program_id, tier_id, points, lifetime, purchases, *_ in sorted(
        rows, key=lambda row: (programs[row[1]].is_default, -row[6].timestamp(), -row[7])
    ):
        standings[customer_id] = Standing(
            points, lifetime, purchases, programs[program_id].step(tier_id).name
        )
    return standings
