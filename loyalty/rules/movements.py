"""Movements of points: what a caller requests, and how it is validated."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.rules.status_effects import EARNING, GOODWILL, REDEEMING
from customers.rules.text import is_writable
from customers.rules.times import EARLIEST_YEAR
from loyalty import errors
from loyalty.rules.amounts import ZERO, read_amount, round_half_up
from loyalty.rules.ledger import NO_PROMOTION, Promotion

# The clocks of tills differ, and time zones in the east are ahead.
MAX_CLOCK_SKEW = timedelta(days=1)
# Kinds that a caller may request. The ledger creates the other kinds itself.
REQUESTABLE_KINDS = frozenset(
    {"AWARD", "REDEEM", "RETURN", "ADJUST", "PROMOTIONAL", "GOODWILL", "BONUS", "OPENING"}
)
# Kinds that a mark of fraud or a status label may forbid, and what it is then that is blocked.
BLOCKABLE_KINDS: Mapping[str, str] = {
    "AWARD": EARNING,
    "BONUS": EARNING,
    "PROMOTIONAL": EARNING,
    "REDEEM": REDEEMING,
    "GOODWILL": GOODWILL,
}
_ROUNDED_KINDS = frozenset({"AWARD", "PROMOTIONAL", "GOODWILL", "BONUS"})


# The promotion shown for goodwill points when the caller names none.
GOODWILL_PROMOTION = Promotion("Goodwill Promotion", "CUSTOMER", "GOODWILL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A change of the points of one customer in one program.

    ``points`` is positive; only for ADJUST it may be negative. With None, the program's rules
    compute the points from ``purchases``: by the tier's rate for AWARD, by what the transaction
    earned for RETURN. ``program_id`` None means the default program, ``expires_at`` None the
    program's expiry. ``purchases`` is added to lifetime purchases, or subtracted for a RETURN.
    ``reference`` is the caller's own key: a movement with the same reference is not repeated.
    ``obeys_redeem_rules``: the program's limits for redemptions apply, as at a till.
    """

    customer_id: int
    kind: str
    points: Any = None
    program_id: int | None = None
    purchases: Any = ZERO
    expires_at: datetime | None = None
    happened_at: datetime | None = None
    transaction_id: int | None = None
    returned_id: int | None = None
    transaction_number: str = ""
    reference: str = ""
    notes: str = ""
    issued_by_id: int | None = None
    promotion: Promotion = NO_PROMOTION
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    obeys_redeem_rules: bool = False

    @property
    def is_delayed(self) -> bool:
        """Whether the points mature later: only points earned by a purchase do."""
        return self.kind == "AWARD" and self.transaction_id is not None


def clean_movement(movement: Movement, *, now: datetime) -> Movement:
    """Return the movement with exact amounts and trimmed text.

    Raises:
        PointsInvalid, AmountInvalid, LedgerTextInvalid, LedgerDateInvalid: a value is invalid.
    """
    if movement.kind not in REQUESTABLE_KINDS:
        raise errors.PointsInvalid()
    return replace(
        movement,
        points=_read_points(movement),
        purchases=read_money(movement.purchases, "purchases"),
        happened_at=read_past_moment(movement.happened_at, "happened_at", now=now),
        transaction_number=read_short_text(movement.transaction_number, "number", max_length=100),
        reference=read_short_text(movement.reference, "reference", max_length=100),
        notes=read_short_text(movement.notes, "notes", max_length=255),
        promotion=_read_promotion(movement),
    )


def read_money(raw: object, field: str) -> Decimal:
    """Read an amount of money that is not negative."""
    amount = read_amount(raw)
    if amount is None or amount < 0:
        raise errors.AmountInvalid(field=field)
    return amount


def read_positive_points(raw: object) -> Decimal:
    """Read a number of points greater than zero."""
    points = read_amount(raw)
    if points is None or points <= 0:
        raise errors.PointsInvalid()
    return points


def read_short_text(raw: object, field: str, *, max_length: int) -> str:
    """Return the trimmed text; None gives an empty text."""
    text = "" if raw is None else raw
    if not isinstance(text, str) or len(text := text.strip()) > max_length or not is_writable(text):
        raise errors.LedgerTextInvalid(field=field, longest=max_length)
    return text


def read_past_moment(moment: datetime | None, field: str, *, now: datetime) -> datetime:
    """Return the time that the caller gives, or ``now`` without one; refuse a future time."""
    if moment is None:
        return now
    if moment.year < EARLIEST_YEAR or moment > now + MAX_CLOCK_SKEW:
        raise errors.LedgerDateInvalid(field=field)
    return moment


def _read_points(movement: Movement) -> Decimal | None:
    if movement.points is None:
        if movement.kind not in ("AWARD", "RETURN"):
            raise errors.PointsInvalid()
        return None
    points = read_amount(movement.points)
    if points is None or points == 0 or (points < 0 and movement.kind != "ADJUST"):
        raise errors.PointsInvalid()
    return (
        round_half_up(points)
        if movement.kind in _ROUNDED_KINDS and round_half_up(points)
        else points
    )


def _read_promotion(movement: Movement) -> Promotion:
    if movement.kind == "GOODWILL" and movement.promotion == NO_PROMOTION:
        return GOODWILL_PROMOTION
    name = read_short_text(movement.promotion.name, "promotion", max_length=150)
    return replace(movement.promotion, name=name)
