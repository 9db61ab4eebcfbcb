"""What a program says: its ladder of tiers, and when its points come and go."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from customers.rules.times import end_of_day

# What never ends is said to end after a hundred years, as the reference does.
MOST_DAYS = 36_525


@dataclass(frozen=True, slots=True)
class TierStep:
    """A step of the ladder."""

    id: int
    serial: int
    name: str
    description: str
    threshold: Decimal
    earn_rate: Decimal
    validity_days: int | None
    renewal_threshold: Decimal | None


@dataclass(frozen=True, slots=True)
class ProgramRules:
    """A program as rules need it; the ladder is in the order of its serials, never empty."""

    id: int
    name: str
    description: str
    is_default: bool
    is_active: bool
    group_id: int | None
    points_to_currency: Decimal
    tier_rule: str
    points_expiry: str
    expires_on: date | None
    expires_after_days: int | None
    delay_days: int
    registration_bonus: Decimal
    welcome_series_id: int | None
    ladder: tuple[TierStep, ...]

    @property
    def lowest(self) -> TierStep:
        return self.ladder[0]

    def step(self, tier_id: int) -> TierStep:
        """The step of this key; tiers of a program are never taken away."""
        return next(step for step in self.ladder if step.id == tier_id)

    def numbered(self, serial: int) -> TierStep | None:
        """The step of this serial number, if there is one."""
        return next((step for step in self.ladder if step.serial == serial), None)

    def above(self, step: TierStep) -> TierStep | None:
        """The next higher step; None at the top."""
        return next((other for other in self.ladder if other.serial > step.serial), None)

    def below(self, step: TierStep) -> TierStep | None:
        """The next lower step; None at the bottom."""
        return next((other for other in reversed(self.ladder) if other.serial < step.serial), None)

    def points_end(self, at: datetime, zone: tzinfo) -> datetime | None:
        """When points given at this moment expire: the end of a day there; None for never."""
        day = at.astimezone(zone).date()
        if self.expires_after_days is not None:
            return end_of_day(_later(day, self.expires_after_days), zone)
        if self.expires_on is not None:
            return end_of_day(_anniversary(self.expires_on, not_before=day), zone)
        return None

    def points_begin(self, at: datetime) -> datetime:
        """From when on points of a purchase of this moment can be spent."""
        return at + timedelta(days=min(self.delay_days, MOST_DAYS)) if self.delay_days else at


def tier_end(step: TierStep, at: datetime, zone: tzinfo) -> datetime:
    """Until when the tier holds for somebody who reaches it at this moment."""
    days = MOST_DAYS if step.validity_days is None else step.validity_days
    return end_of_day(_later(at.astimezone(zone).date(), days), zone)


def _later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=min(days, MOST_DAYS))
    except OverflowError:
        return date.max


def _anniversary(day: date, *, not_before: date) -> date:
    """The day itself, or the first of its anniversaries that is not over yet."""
    if day >= not_before:
        return day
    this_year = _in_year(day, not_before.year)
    return this_year if this_year >= not_before else _in_year(day, not_before.year + 1)


def _in_year(day: date, year: int) -> date:
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=min(year, date.max.year))
