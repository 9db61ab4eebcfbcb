"""The dates in the query of a v1.1 list cover days of the organization."""

from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from customers.api.v1_1.list_filters import Filters
from customers.rules.times import LAST_MOMENT

BERLIN = ZoneInfo("Europe/Berlin")


def read(zone=BERLIN, **query):
    request = Request(APIRequestFactory().get("/", query))
    return Filters(SimpleNamespace(request=request, org=SimpleNamespace(zone=zone)))


@pytest.mark.parametrize(
    ("raw", "until"),
    [
        # Clocks go forward: the day has 23 hours.
        ("2026-03-29", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        # Clocks go back: the day has 25 hours.
        ("2026-10-25", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ("2026-10-26", datetime(2026, 10, 26, 23, tzinfo=UTC)),
        ("2026-10-25 12:00:00", datetime(2026, 10, 25, 11, 0, 1, tzinfo=UTC)),
    ],
)
def test_an_end_includes_the_whole_day_or_second(raw, until):
    assert read(end_date=raw).until("end_date") == until


def test_a_day_is_as_long_as_it_is():
    assert read(day="2026-03-29").day("day") == (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )
    assert read(day="2026-03-29 12:00:00").day("day") == read(day="2026-03-29").day("day")
    assert read().day("day") == (None, None)


def test_the_last_day_of_the_calendar_has_an_end():
    assert read(end_date="9999-12-31").until("end_date") == LAST_MOMENT
