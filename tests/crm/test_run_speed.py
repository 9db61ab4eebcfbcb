"""Speed and time left are calm, true, and silent when nobody can know."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.runs.rates import estimate_seconds_left, measure_seconds_spent, smooth_rate

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_the_first_chunk_sets_the_rate():
    assert smooth_rate(0, rows=500, seconds=0.5) == 1000


def test_one_slow_chunk_changes_little_and_many_change_all():
    after_one = smooth_rate(1000, rows=100, seconds=1)
    assert 900 < after_one < 1000

    rate = after_one
    for _ in range(60):
        rate = smooth_rate(rate, rows=100, seconds=1)
    assert rate == pytest.approx(100, rel=0.05)


def test_a_chunk_too_fast_for_the_clock_has_a_rate():
    assert smooth_rate(0, rows=5, seconds=0) == 5000


@pytest.mark.parametrize(
    ("since", "seconds"),
    [
        (None, 0.5),
        (NOON - 4 * SECOND, 4),  # three of them were another task's turn
        (NOON - 3600 * SECOND, 0.5),  # nobody was there to work
        (NOON + SECOND, 0.5),  # another machine's clock
    ],
)
def test_waiting_for_a_turn_counts_and_absence_does_not(since, seconds):
    assert measure_seconds_spent(since=since, now=NOON, in_slice=0.5) == seconds


@pytest.mark.parametrize(
    ("done_count", "total", "rate", "left"),
    [(0, 100, 0, None), (50, 0, 10, None), (50, 100, 10, 5), (100, 100, 10, 0), (120, 100, 10, 0)],
)
def test_time_left(done_count, total, rate, left):
    assert estimate_seconds_left(done=done_count, total=total, rate=rate) == left
