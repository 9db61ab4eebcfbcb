"""Tiers: when a customer is raised, renewed or lowered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import ProgramRules, TierStep, get_tier_end, get_tier_start


@dataclass(slots=True)
class TierState:
    """The tier of an enrollment; ``basis`` is the tier metric when the tier began."""

    tier: TierStep
    expires_at: datetime
    basis: Decimal


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a bill counted; less than zero for goods that came back."""

    at: datetime
    amount: Decimal


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
    purchases: Sequence[Purchase] = (),
) -> TierTransition | None:
    """Raise the customer to the highest tier that was just reached; None if there is none.

    A tier is reached by crossing its threshold. A customer who was lowered is above the threshold
    already, and reaches the tier again with the amount that would have renewed it. After a bill,
    ``purchases`` are the latest ones: they reach a tier by its rule for a number of days.
    """
    for step in reversed(program.ladder):
        if step.serial <= tier_state.tier.serial:
            continue
        is_reached = metric_after >= step.threshold and metric_after > metric_before
        is_crossed = metric_before < step.threshold
        is_regained = (
            step.renewal_threshold is not None
            and metric_after - tier_state.basis >= step.renewal_threshold
        )
        if (is_reached and (is_crossed or is_regained)) or _is_earned_lately(
            step, purchases, at, zone
        ):
            return _enter_tier(tier_state, step, "LIFTED", at=at, basis=metric_after, zone=zone)
    return None


def review_tier(
    program: ProgramRules,
    tier_state: TierState,
    *,
    metric: Decimal,
    now: datetime,
    zone: tzinfo,
    purchases: Sequence[Purchase] = (),
) -> TierTransition | None:
    """Renew or lower a tier that has expired; None if it has not.

    It is lowered by one tier. The lowest tier, and one that asks nothing, are renewed.
    """
    if tier_state.expires_at >= now:
        return None
    step, lower_step = tier_state.tier, program.below(tier_state.tier)
    increase = metric - tier_state.basis
    is_kept = step.renewal_threshold is None or increase >= step.renewal_threshold
    if step.renewal_visits is not None:
        visits = count_visits(purchases, get_tier_start(step, tier_state.expires_at, zone), zone)
        is_kept = is_kept and visits >= step.renewal_visits
    if lower_step is None or is_kept:
        return _enter_tier(tier_state, step, "RENEWED", at=now, basis=metric, zone=zone)
    return _enter_tier(tier_state, lower_step, "LOWERED", at=now, basis=metric, zone=zone)


def count_visits(purchases: Iterable[Purchase], since: date, zone: tzinfo) -> int:
    """Count the days from ``since`` on with a bill, whatever came back of it later."""
    days = {one.at.astimezone(zone).date() for one in purchases if one.amount > 0}
    return sum(day >= since for day in days)


def _is_earned_lately(
    step: TierStep, purchases: Sequence[Purchase], now: datetime, zone: tzinfo
) -> bool:
    if step.lift_days is None or not purchases:
        return False
    since = now.astimezone(zone).date() - timedelta(days=step.lift_days - 1)
    recent = [one for one in purchases if one.at.astimezone(zone).date() >= since]
    has_visits = count_visits(recent, since, zone) >= (step.lift_visits or 0)
    return has_visits and sum((one.amount for one in recent), ZERO) >= (step.lift_purchases or ZERO)


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
