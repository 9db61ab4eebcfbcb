"""What somebody becomes on joining a program (contract, section 7)."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from crm.kernel.errors import Notice
from loyalty import errors, notices
from loyalty.rules.amounts import ZERO, read_amount
from loyalty.rules.programs import ProgramRules, tier_end
from loyalty.rules.tiers import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """A customer who is to become a member; ``program_id`` None is the default program.

    ``points`` are an opening balance. ``earns_bonus``: the program's registration bonus is due.
    Who is not ``is_asked_for`` joins because every loyalty customer does.
    """

    customer_id: int
    program_id: int | None = None
    tier_number: Any = None
    tier_expires_at: datetime | None = None
    points: Any = None
    points_expire_at: datetime | None = None
    earns_bonus: bool = False
    is_asked_for: bool = True
    enrolled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """How a membership begins."""

    standing: Standing
    opening: Decimal
    bonus: Decimal
    notices: list[Notice]


def begin(joining: Joining, program: ProgramRules, *, now: datetime, zone: tzinfo) -> Start:
    """Decide on tier, opening points and bonus.

    A tier number that the program lacks gives the lowest tier, and so does a tier that is over
    already; opening points that are over already come and go. Each with a notice.

    Raises:
        PointsInvalid: the opening points cannot be read, or are less than nothing.
    """
    said: list[Notice] = []
    opening = ZERO if joining.points is None else read_amount(joining.points)
    if opening is None or opening < 0:
        raise errors.PointsInvalid()
    tier, expires_at = program.lowest, joining.tier_expires_at
    if joining.tier_number is not None:
        numbered = program.numbered(joining.tier_number)
        if numbered is None:
            said.append(
                Notice(notices.TIER_UNKNOWN, program_id=program.id, tier=joining.tier_number)
            )
        tier = numbered or tier
    if expires_at is not None and expires_at < now:
        said.append(Notice(notices.TIER_EXPIRED, program_id=program.id))
        tier, expires_at = program.lowest, None
    if opening and joining.points_expire_at is not None and joining.points_expire_at < now:
        said.append(Notice(notices.POINTS_EXPIRED, program_id=program.id))
    standing = Standing(tier, expires_at or tier_end(tier, now, zone), ZERO)
    bonus = program.registration_bonus if joining.earns_bonus else ZERO
    return Start(standing, opening, bonus, said)
