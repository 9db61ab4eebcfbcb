"""When points and tiers expire, and how numbers are read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from loyalty.rules.amounts import read_amount, round_half_up
from loyalty.rules.effects import get_retry_delay
from loyalty.rules.programs import ProgramRules, TierStep, get_tier_end
from loyalty.rules.returns import ReturnedPurchase

KOLKATA = ZoneInfo("Asia/Kolkata")
# Already 3 March in Kolkata.
LATE = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)


def step(serial, **attributes):
    settings = {
        "threshold": Decimal(0),
        "earn_rate": Decimal(1),
        "validity_days": None,
        "renewal_threshold": None,
        **attributes,
    }
    return TierStep(id=serial, serial=serial, name=f"T{serial}", description="", **settings)


def program(**attributes):
    settings = {
        "is_default": True,
        "is_active": True,
        "group_id": None,
        "points_to_currency": Decimal(1),
        "tier_rule": "LIFETIME_PURCHASES",
        "points_expiry": "NEVER",
        "expires_on": None,
        "expires_after_days": None,
        "delay_days": 0,
        "registration_bonus": Decimal(0),
        "welcome_series_id": None,
        "ladder": (step(1), step(2), step(5)),
        **attributes,
    }
    return ProgramRules(id=1, name="P", description="", **settings)


def end_of(day):
    return datetime.combine(day, datetime.min.time(), KOLKATA) + timedelta(days=1, seconds=-1)


@pytest.mark.parametrize(
    ("attributes", "day"),
    [
        ({"expires_after_days": 0}, date(2026, 3, 3)),
        ({"expires_after_days": 365}, date(2027, 3, 3)),
        ({"expires_after_days": 2**31}, date(2126, 3, 4)),
        ({"expires_on": date(2026, 12, 31)}, date(2026, 12, 31)),
        ({"expires_on": date(2026, 3, 3)}, date(2026, 3, 3)),
        ({"expires_on": date(2020, 3, 2)}, date(2027, 3, 2)),
        ({"expires_on": date(2020, 3, 31)}, date(2026, 3, 31)),
        ({"expires_on": date(2024, 2, 29)}, date(2027, 2, 28)),
    ],
)
def test_points_end_at_the_end_of_a_day_of_the_organization(attributes, day):
    assert program(**attributes).points_end(LATE, KOLKATA) == end_of(day)


def test_points_may_never_end():
    assert program().points_end(LATE, KOLKATA) is None


def test_points_begin_at_once_or_some_days_later():
    assert program().points_begin(LATE) == LATE
    assert program(delay_days=7).points_begin(LATE) == LATE + timedelta(days=7)


def test_a_tier_ends_after_its_days_or_a_hundred_years():
    assert get_tier_end(step(1, validity_days=30), LATE, KOLKATA) == end_of(date(2026, 4, 2))
    assert get_tier_end(step(1), LATE, KOLKATA) == end_of(date(2126, 3, 4))


def test_a_ladder_may_have_gaps():
    ladder = program()

    assert [ladder.above(step).serial for step in ladder.ladder[:2]] == [2, 5]
    assert [ladder.below(step).serial for step in ladder.ladder[1:]] == [1, 2]
    assert ladder.above(ladder.ladder[2]) is ladder.below(ladder.ladder[0]) is None
    assert ladder.step_by_serial(3) is None


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("75.125", "75.125"),
        (75, "75"),
        (0.1, "0.1"),
        (" -3 ", "-3"),
        ("1e3", "1000"),
        (Decimal("1.0000"), "1"),
        (10**9, "1000000000"),
    ],
)
def test_reads_numbers_as_people_write_them(raw, amount):
    assert read_amount(raw) == Decimal(amount)


@pytest.mark.parametrize(
    "raw",
    [None, True, "", "x", "1_0", "1.0001", "NaN", "sNaN", "inf", "1e999999", "1e9999999", 10**9 + 1,
     10**500, "9" * 41, float("nan"), [], {}],
)  # fmt: skip
def test_reads_nothing_else(raw):
    assert read_amount(raw) is None


def test_rounds_halves_away_from_nothing():
    assert [round_half_up(Decimal(raw)) for raw in ("0.005", "-0.005", "0.0049")] == [
        Decimal("0.01"),
        Decimal("-0.01"),
        0,
    ]


def test_small_returns_never_take_more_than_one_large():
    bill = ReturnedPurchase(amount=Decimal(3), awarded=Decimal("0.01"))

    taken = []
    for _ in range(3):
        owed = bill.get_points_owed(Decimal(1))
        bill.record(Decimal(1), owed)
        taken.append(owed)

    assert sum(taken) == Decimal("0.01")
    assert ReturnedPurchase().get_points_owed(Decimal(1)) == 0


def test_a_failed_effect_rests_longer_each_time():
    assert [get_retry_delay(n) for n in (1, 3, 6, 500)] == [
        timedelta(minutes=2),
        timedelta(minutes=8),
        timedelta(hours=1),
        timedelta(hours=1),
    ]
