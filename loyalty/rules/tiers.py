"""Tiers: when a customer is raised, renewed or lowered."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from loyalty.rules.programs import ProgramRules, TierStep, get_tier_end


@dataclass(slots=True)
class TierState:
    """The tier of an enrollment; ``basis`` is the tier metric when the tier began."""

    tier: TierStep
    expires_at: datetime
    basis: Decimal


@dataclass(frozen=True, slots=True)
class TierTransition:
    """A change or renewal of a tier, for the history."""

    previous: TierStep | None
    tier: TierStep
    expires_at: datetime
    reason: str
    at: datetime


def raise_tier(
    program: ProgramRules,
    tier_state: TierState,
    *,
    metric_before: Decimal,
    metric_after: Decimal,
    at: datetime,
    zone: tzinfo,
) -> TierTransition | None:
    """Raise the customer to the highest tier that was just reached; None if there is none.

    A tier is reached by crossing its threshold. A customer who was lowered is above the threshold
    already, and reaches the tier again with the amount that would have renewed it.
    """
    for step in reversed(program.ladder):
        if (
            step.serial <= tier_state.tier.serial
            or metric_after < step.threshold
            or metric_after <= metric_before
        ):
            continue
        is_crossed = metric_before < step.threshold
        is_regained = (
            step.renewal_threshold is not None
            and metric_after - tier_state.basis >= step.renewal_threshold
        )
        if is_crossed or is_regained:
            return _enter_tier(tier_state, step, "LIFTED", at=at, basis=metric_after, zone=zone)
    return None


def review_tier(
    program: ProgramRules, tier_state: TierState, *, metric: Decimal, now: datetime, zone: tzinfo
) -> TierTransition | None:
    """Renew or lower a tier that has expired; None if it has not.

    It is lowered by one tier. The lowest tier, and one without a renewal threshold, are renewed.
    """
    if tier_state.expires_at >= now:
        return None
    step, lower_step = tier_state.tier, program.below(tier_state.tier)
    increase = metric - tier_state.basis
    if lower_step is None or step.renewal_threshold is None or increase >= step.renewal_threshold:
        return _enter_tier(tier_state, step, "RENEWED", at=now, basis=metric, zone=zone)
    return _enter_tier(tier_state, lower_step, "LOWERED", at=now, basis=metric, zone=zone)


def _enter_tier(
    tier_state: TierState,
    step: TierStep,
    reason: str,
    *,
    at: datetime,
    basis: Decimal,
    zone: tzinfo,
) -> TierTransition:
    transition = TierTransition(tier_state.tier, step, get_tier_end(step, at, zone), reason, at)
    tier_state.tier, tier_state.expires_at, tier_state.basis = step, transition.expires_at, basis
    return transition
