"""How an enrollment starts: tier, opening points and bonus (contract, section 7)."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from crm.kernel.errors import Notice
from loyalty import errors, notices
from loyalty.rules.amounts import ZERO, read_amount
from loyalty.rules.programs import ProgramRules, get_tier_end
from loyalty.rules.tiers import TierState


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentRequest:
    """A request to enroll a customer; ``program_id`` None means the default program.

    ``points`` are the opening balance. ``earns_bonus``: the program's registration bonus is due.
    ``is_explicit`` is False for the default program, in which every loyalty customer is enrolled.
    """

    customer_id: int
    program_id: int | None = None
    tier_number: Any = None
    tier_expires_at: datetime | None = None
    points: Any = None
    points_expire_at: datetime | None = None
    earns_bonus: bool = False
    is_explicit: bool = True
    enrolled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EnrollmentStart:
    """The tier, points and notices with which an enrollment starts."""

    tier_state: TierState
    opening: Decimal
    bonus: Decimal
    notices: list[Notice]


def start_enrollment(
    request: EnrollmentRequest, program: ProgramRules, *, now: datetime, zone: tzinfo
) -> EnrollmentStart:
    """Return the tier, the opening points and the bonus.

    An unknown tier number gives the lowest tier, and so does a tier that has already expired.
    Opening points that have already expired are awarded and expire at once. Each adds a notice.

    Raises:
        PointsInvalid: the opening points cannot be read, or are negative.
    """
    start_notices: list[Notice] = []
    opening = ZERO if request.points is None else read_amount(request.points)
    if opening is None or opening < 0:
        raise errors.PointsInvalid()
    tier, expires_at = program.lowest, request.tier_expires_at
    if request.tier_number is not None:
        requested_tier = program.step_by_serial(request.tier_number)
        if requested_tier is None:
            start_notices.append(
                Notice(notices.TIER_UNKNOWN, program_id=program.id, tier=request.tier_number)
            )
        tier = requested_tier or tier
    if expires_at is not None and expires_at < now:
        start_notices.append(Notice(notices.TIER_EXPIRED, program_id=program.id))
        tier, expires_at = program.lowest, None
    if opening and request.points_expire_at is not None and request.points_expire_at < now:
        start_notices.append(Notice(notices.POINTS_EXPIRED, program_id=program.id))
    tier_state = TierState(tier, expires_at or get_tier_end(tier, now, zone), ZERO)
    bonus = program.registration_bonus if request.earns_bonus else ZERO
    return EnrollmentStart(tier_state, opening, bonus, start_notices)
