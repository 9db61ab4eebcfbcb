"""The tier of the survivor after a merge."""

from datetime import datetime, tzinfo
from decimal import Decimal

from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import ProgramRules
from loyalty.rules.tiers import TierState, raise_tier


def merge_tier_states(
    program: ProgramRules,
    survivor: TierState,
    victim: TierState,
    *,
    metrics: tuple[Decimal, Decimal],
    now: datetime,
    zone: tzinfo,
) -> TierState:
    """Return the higher tier, raised further if both metrics together reach a higher one.

    It keeps its expiry. What both customers gained since their tiers began counts for renewal.
    """
    higher = max(survivor, victim, key=lambda state: (state.tier.serial, state.expires_at))
    merged = TierState(higher.tier, higher.expires_at, survivor.basis + victim.basis)
    raise_tier(
        program,
        merged,
        metric_before=max(metrics),
        metric_after=sum(metrics, ZERO),
        at=now,
        zone=zone,
    )
    return merged
