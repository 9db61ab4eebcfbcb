"""What is to happen to points, as a caller says it, and in the one spelling that is worked with."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.rules.text import is_writable
from customers.rules.times import EARLIEST_YEAR
from loyalty import errors
from loyalty.rules.amounts import ZERO, half_up, read_amount
from loyalty.rules.ledger import NO_PROMOTION, Promotion

# Clocks of tills differ, and a day begins earlier in the east.
FARTHEST_AHEAD = timedelta(days=1)
# What a caller may ask for; the other kinds of entries come about by themselves.
KINDS = frozenset(
    {"AWARD", "REDEEM", "RETURN", "ADJUST", "PROMOTIONAL", "GOODWILL", "BONUS", "OPENING"}
)
REFUSED_TO_FRAUD = frozenset({"REDEEM", "GOODWILL"})
_ROUNDED = frozenset({"AWARD", "PROMOTIONAL", "GOODWILL", "BONUS"})


# Under which name goodwill is shown where the caller gives none.
GOODWILL_PROMOTION = Promotion("Goodwill Promotion", "CUSTOMER", "GOODWILL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Something that happens to the points of one customer in one program.

    ``points`` is positive, but for ADJUST, which goes both ways. None stands for what the
    program's rules give for ``purchases``: the tier's rate for AWARD, what the bill earned for
    RETURN. ``program_id`` None is the default program; ``expires_at`` None leaves the expiry to
    the program. ``purchases`` is what lifetime purchases rise by, or fall by for a RETURN.
    A ``reference`` is the caller's own key: what was done under it is not done again.
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

    @property
    def is_delayed(self) -> bool:
        """Only what a purchase earns waits before it can be spent."""
        return self.kind == "AWARD" and self.transaction_id is not None


def clean_movement(given: Movement, *, now: datetime) -> Movement:
    """Return the movement with exact amounts and trimmed text.

    Raises:
        PointsInvalid, AmountInvalid, LedgerTextInvalid, LedgerDateInvalid: it cannot be kept so.
    """
    if given.kind not in KINDS:
        raise errors.PointsInvalid()
    return replace(
        given,
        points=_points(given),
        purchases=money(given.purchases, "purchases"),
        happened_at=past_moment(given.happened_at, "happened_at", now=now),
        transaction_number=short_text(given.transaction_number, "number", longest=100),
        reference=short_text(given.reference, "reference", longest=100),
        notes=short_text(given.notes, "notes", longest=255),
        promotion=_promotion(given),
    )


def money(raw: object, field: str) -> Decimal:
    """Read an amount of money that is not negative."""
    amount = read_amount(raw)
    if amount is None or amount < 0:
        raise errors.AmountInvalid(field=field)
    return amount


def positive_points(raw: object) -> Decimal:
    """Read points that are more than nothing."""
    points = read_amount(raw)
    if points is None or points <= 0:
        raise errors.PointsInvalid()
    return points


def short_text(raw: object, field: str, *, longest: int) -> str:
    """Trim a text; nothing given is the empty one."""
    text = "" if raw is None else raw
    if not isinstance(text, str) or len(text := text.strip()) > longest or not is_writable(text):
        raise errors.LedgerTextInvalid(field=field, longest=longest)
    return text


def past_moment(given: datetime | None, field: str, *, now: datetime) -> datetime:
    """When it happened, by the caller's word: now where nothing was said."""
    if given is None:
        return now
    if given.year < EARLIEST_YEAR or given > now + FARTHEST_AHEAD:
        raise errors.LedgerDateInvalid(field=field)
    return given


def _points(given: Movement) -> Decimal | None:
    if given.points is None:
        if given.kind not in ("AWARD", "RETURN"):
            raise errors.PointsInvalid()
        return None
    points = read_amount(given.points)
    if points is None or points == 0 or (points < 0 and given.kind != "ADJUST"):
        raise errors.PointsInvalid()
    return half_up(points) if given.kind in _ROUNDED and half_up(points) else points


def _promotion(given: Movement) -> Promotion:
    if given.kind == "GOODWILL" and given.promotion == NO_PROMOTION:
        return GOODWILL_PROMOTION
    name = short_text(given.promotion.name, "promotion", longest=150)
    return replace(given.promotion, name=name)
