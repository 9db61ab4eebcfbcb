"""The rules of a program: its tiers, and when points become available and expire."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from customers.rules.times import end_of_day
from loyalty.rules.amounts import ZERO

# What never expires is shown with an expiry in a hundred years, as the reference API does.
MAX_DAYS = 36_525


@dataclass(frozen=True, slots=True)
class TierStep:
    """A tier of a program.

    Members reach it by its threshold, or where it has ``lift_days`` by as many visits and purchases
    within that time. They keep it by what comes in while it holds: ``renewal_threshold`` and
    ``renewal_visits``. A visit is a day of the organization's calendar with a bill.
    """

    id: int
    serial: int
    name: str
    description: str
    threshold: Decimal
    earn_rate: Decimal
    validity_days: int | None
    renewal_threshold: Decimal | None
    renewal_visits: int | None = None
    lift_days: int | None = None
    lift_visits: int | None = None
    lift_purchases: Decimal | None = None

    @property
    def counted_days(self) -> int:
        """For how many days back its rules look at single purchases; 0 for none."""
        held_days = 0 if self.renewal_visits is None else (self.validity_days or 0) + 1
        return max(self.lift_days or 0, held_days)


@dataclass(frozen=True, slots=True)
class RedeemRules:
    """What a program asks of a redemption; zero or None asks nothing."""

    least: Decimal = ZERO
    most: Decimal | None = None
    multiple: Decimal = ZERO
    min_balance: Decimal = ZERO
    min_lifetime: Decimal = ZERO
    min_purchases: Decimal = ZERO
    needs_code: bool = False


@dataclass(frozen=True, slots=True)
class ProgramRules:
    """The rules of a program. ``ladder`` holds its tiers by serial number and is never empty."""

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
    redeem_rules: RedeemRules = RedeemRules()

    @property
    def lowest(self) -> TierStep:
        return self.ladder[0]

    @property
    def counted_days(self) -> int:
        """For how many days back the rules of its tiers look at single purchases; 0 for none."""
        return max(step.counted_days for step in self.ladder)

    def step(self, tier_id: int) -> TierStep:
        """Return the tier with this id; a program's tiers are never deleted."""
        return next(step for step in self.ladder if step.id == tier_id)

    def step_by_serial(self, serial: int) -> TierStep | None:
        """Return the tier with this serial number, or None."""
        return next((step for step in self.ladder if step.serial == serial), None)

    def above(self, step: TierStep) -> TierStep | None:
        """Return the next higher tier; None at the top."""
        return next((other for other in self.ladder if other.serial > step.serial), None)

    def below(self, step: TierStep) -> TierStep | None:
        """Return the next lower tier; None at the bottom."""
        return next((other for other in reversed(self.ladder) if other.serial < step.serial), None)

    def points_end(self, at: datetime, zone: tzinfo) -> datetime | None:
        """Return when points awarded at ``at`` expire: the end of a day; None for never."""
        day = at.astimezone(zone).date()
        if self.expires_after_days is not None:
            return end_of_day(_add_days(day, self.expires_after_days), zone)
        if self.expires_on is not None:
            return end_of_day(_get_next_anniversary(self.expires_on, not_before=day), zone)
        return None

    def points_begin(self, at: datetime) -> datetime:
        """Return when points of a purchase made at ``at`` become spendable."""
        return at + timedelta(days=min(self.delay_days, MAX_DAYS)) if self.delay_days else at


def get_tier_end(step: TierStep, at: datetime, zone: tzinfo) -> datetime:
    """Return when the tier expires for a customer who reaches it at ``at``."""
    days = MAX_DAYS if step.validity_days is None else step.validity_days
    return end_of_day(_add_days(at.astimezone(zone).date(), days), zone)


def get_tier_start(step: TierStep, expires_at: datetime, zone: tzinfo) -> date:
    """Return the day on which the tier began that expires at this moment."""
    days = MAX_DAYS if step.validity_days is None else step.validity_days
    try:
        return expires_at.astimezone(zone).date() - timedelta(days=min(days, MAX_DAYS))
    except OverflowError:
        return date.min


def _add_days(day: date, days: int) -> date:
    try:
        return day + timedelta(days=min(days, MAX_DAYS))
    except OverflowError:
        return date.max


def _get_next_anniversary(day: date, *, not_before: date) -> date:
    """Return the day itself, or its first anniversary on or after ``not_before``."""
    if day >= not_before:
        return day
    this_year = _move_to_year(day, not_before.year)
    return this_year if this_year >= not_before else _move_to_year(day, not_before.year + 1)


def _move_to_year(day: date, year: int) -> date:
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=min(year, date.max.year))
