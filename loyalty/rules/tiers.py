"""Which tier a member has: by what was achieved, and by what kept coming in."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from loyalty.rules.programs import ProgramRules, TierStep, tier_end


@dataclass(slots=True)
class Standing:
    """A member's place on the ladder; ``basis`` is what was achieved when the tier began."""

    tier: TierStep
    expires_at: datetime
    basis: Decimal


@dataclass(frozen=True, slots=True)
class TierMove:
    """A change of tier, or a renewal, for the history."""

    previous: TierStep | None
    tier: TierStep
    expires_at: datetime
    reason: str
    at: datetime


def lift(
    program: ProgramRules,
    standing: Standing,
    *,
    before: Decimal,
    after: Decimal,
    at: datetime,
    zone: tzinfo,
) -> TierMove | None:
    """Lift the member to the highest tier that was just reached, if there is one.

    A tier is reached by crossing its threshold. Who was lowered stands beyond the threshold for
    good, and reaches the tier again when what came in since would have renewed it.
    """
    for step in reversed(program.ladder):
        if step.serial <= standing.tier.serial or after < step.threshold or after <= before:
            continue
        crossed = before < step.threshold
        regained = (
            step.renewal_threshold is not None and after - standing.basis >= step.renewal_threshold
        )
        if crossed or regained:
            return _stand(standing, step, "LIFTED", at=at, basis=after, zone=zone)
    return None


def review(
    program: ProgramRules, standing: Standing, *, achieved: Decimal, now: datetime, zone: tzinfo
) -> TierMove | None:
    """Renew or lower a tier whose time is over; None while it holds.

    Lowered is by one step; a step without a renewal threshold, and the lowest, are kept.
    """
    if standing.expires_at >= now:
        return None
    step, below = standing.tier, program.below(standing.tier)
    came_in = achieved - standing.basis
    if below is None or step.renewal_threshold is None or came_in >= step.renewal_threshold:
        return _stand(standing, step, "RENEWED", at=now, basis=achieved, zone=zone)
    return _stand(standing, below, "LOWERED", at=now, basis=achieved, zone=zone)


def _stand(
    standing: Standing, step: TierStep, reason: str, *, at: datetime, basis: Decimal, zone: tzinfo
) -> TierMove:
    move = TierMove(standing.tier, step, tier_end(step, at, zone), reason, at)
    standing.tier, standing.expires_at, standing.basis = step, move.expires_at, basis
    return move
