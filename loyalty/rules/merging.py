"""Which tier somebody has who was two people."""

from datetime import datetime, tzinfo
from decimal import Decimal

from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import ProgramRules
from loyalty.rules.tiers import Standing, lift


def join_standings(
    program: ProgramRules,
    survivor: Standing,
    victim: Standing,
    *,
    achieved: tuple[Decimal, Decimal],
    now: datetime,
    zone: tzinfo,
) -> Standing:
    """The higher tier holds until it expires; what both achieved together may lift it further.

    What came in for both since their tiers began counts for the renewal.
    """
    higher = max(survivor, victim, key=lambda s: (s.tier.serial, s.expires_at))
    joined = Standing(higher.tier, higher.expires_at, survivor.basis + victim.basis)
    lift(program, joined, before=max(achieved), after=sum(achieved, ZERO), at=now, zone=zone)
    return joined
