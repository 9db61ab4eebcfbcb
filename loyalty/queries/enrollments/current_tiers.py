"""Balances and current tiers of many customers at once (the heading of v1.1 answers)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from crm.kernel.compiled_queries import CompiledQuery
from loyalty.models import Enrollment
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO


@dataclass(frozen=True, slots=True)
class LoyaltyBalances:
    """Balances and tier in one program; a customer who is not enrolled has zero and no tier."""

    points: Decimal = ZERO
    lifetime: Decimal = ZERO
    purchases: Decimal = ZERO
    tier: str | None = None


def list_loyalty_balances(
    *, org_id: int, customer_ids: Collection[int]
) -> dict[int, LoyaltyBalances]:
    """Return each customer's balances in the default program, else in the first one joined.

    One query; the programs are cached.
    """
    programs = get_programs(org_id)
    balances = dict.fromkeys(customer_ids, LoyaltyBalances())
    if not balances:
        return balances
    rows = [row for row in _ENROLLMENTS.fetch(balances, org_id=org_id) if row[1] in programs]
    # The last value assigned wins: the default program's, else the oldest.
    for customer_id, program_id, tier_id, points, lifetime, purchases, *_ in sorted(
        rows, key=lambda row: (programs[row[1]].is_default, -row[6].timestamp(), -row[7])
    ):
        balances[customer_id] = LoyaltyBalances(
            points, lifetime, purchases, programs[program_id].step(tier_id).name
        )
    return balances


def _select_enrollments(ids: Sequence[int], org_id: int) -> QuerySet[Enrollment, tuple[Any, ...]]:
    return Enrollment.objects.filter(org_id=org_id, customer_id__in=ids).values_list(
        "customer_id",
        "program_id",
        "tier_id",
        "points",
        "lifetime",
        "purchases",
        "enrolled_at",
        "pk",
    )


_ENROLLMENTS = CompiledQuery(_select_enrollments)
