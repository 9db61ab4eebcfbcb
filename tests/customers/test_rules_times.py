"""Times are parsed into UTC, and days end at 23:59:59 in their zone."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.times import (
    LAST_MOMENT,
    Span,
    end_of_day,
    parse_date,
    parse_day_first,
    parse_moment,
    read_span,
    start_of_day,
    write_moment,
)

KOLKATA = ZoneInfo("Asia/Kolkata")
ZONES = st.sampled_from(
    [UTC, KOLKATA, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Kiritimati")]
    + [timezone(timedelta(hours=h)) for h in (-12, 14)]
)
DIGITS_AND_MARKS = st.text(alphabet="0123456789-/.:TZ+ ", max_size=40)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2016-06-23T19:11:18+08:00", datetime(2016, 6, 23, 11, 11, 18, tzinfo=UTC)),
        ("2016-06-23T19:11:18 08:00", datetime(2016, 6, 23, 11, 11, 18, tzinfo=UTC)),
        ("2016-06-23T19:11:18+0800", datetime(2016, 6, 23, 11, 11, 18, tzinfo=UTC)),
        ("2016-06-23T19:11:18-04", datetime(2016, 6, 23, 23, 11, 18, tzinfo=UTC)),
        ("2016-09-12 T15:19:21+05:30", datetime(2016, 9, 12, 9, 49, 21, tzinfo=UTC)),
        ("2021-11-23T10:01:33Z", datetime(2021, 11, 23, 10, 1, 33, tzinfo=UTC)),
        ("2016-06-23T19:11:18", datetime(2016, 6, 23, 13, 41, 18, tzinfo=UTC)),
        ("2012-3-12 11:33:23", datetime(2012, 3, 12, 6, 3, 23, tzinfo=UTC)),
        ("2012-03-12 11:33", datetime(2012, 3, 12, 6, 3, tzinfo=UTC)),
        ("2012-03-12 11:33:23.5", datetime(2012, 3, 12, 6, 3, 23, 500_000, tzinfo=UTC)),
        (" 2019-10-25 ", datetime(2019, 10, 24, 18, 30, tzinfo=UTC)),
        ("1971-5-7", datetime(1971, 5, 6, 18, 30, tzinfo=UTC)),
        ("22-10-2000", datetime(2000, 10, 21, 18, 30, tzinfo=UTC)),
        ("22-10-2000 08:00:00", datetime(2000, 10, 22, 2, 30, tzinfo=UTC)),
        ("9999-12-31", datetime(9999, 12, 30, 18, 30, tzinfo=UTC)),
        (1577836800000, datetime(2020, 1, 1, tzinfo=UTC)),
        ("1577836800123", datetime(2020, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC)),
        ("157783680000", datetime(1975, 1, 1, 4, 48, 0, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("5", datetime(1970, 1, 1, 0, 0, 0, 5_000, tzinfo=UTC)),
        (-(10**12), datetime(1938, 4, 24, 22, 13, 20, tzinfo=UTC)),
        ("-86400000", datetime(1969, 12, 31, tzinfo=UTC)),
        ("12345678", datetime(1970, 1, 1, 3, 25, 45, 678_000, tzinfo=UTC)),
        (20160912, datetime(1970, 1, 1, 5, 36, 0, 912_000, tzinfo=UTC)),
        (datetime(2020, 1, 1, 5, 30), datetime(2020, 1, 1, tzinfo=UTC)),
        (date(2020, 1, 1), datetime(2019, 12, 31, 18, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_every_form_the_reference_shows(raw, moment):
    assert parse_moment(raw, KOLKATA) == moment


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "today",
        "2019-02-30",
        "2019-13-01",
        "2019-10-25T25:00:00",
        "2019-10-25T10:00:60",
        "22/10/2000",
        "2019-10-25T10:00:00+24:00",
        "2019-10-25T10:00:00+05:75",
        "2019-10-25\x00",
        "0001-01-01",
        "1899-12-31",
        "9999-12-31T23:59:59-11:00",
        "9" * 50,
        "9" * 15,
        "-" + "9" * 15,
        "-2208970800001",
        "--5",
        "1 577836800000",
        "\u0661" * 13,
        None,
        True,
        pytest.param(10**5000, id="endless number"),
        1577836800000.0,
        ["2019-10-25"],
        date.min,
        datetime.max,
    ],
)
def test_what_is_no_moment_is_refused(raw):
    assert parse_moment(raw, ZoneInfo("America/New_York")) is None


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("1/12/2010 08:26", datetime(2010, 12, 1, 2, 56, tzinfo=UTC)),
        ("01.12.2010", datetime(2010, 11, 30, 18, 30, tzinfo=UTC)),
        ("1-12-2010 08:26:05", datetime(2010, 12, 1, 2, 56, 5, tzinfo=UTC)),
        ("12/13/2010", None),
        ("1/12-2010", None),
        ("1/12/10", None),
        ("2010-12-01", None),
        (None, None),
    ],
)
def test_a_day_first_column_is_read_day_first(raw, moment):
    assert parse_day_first(raw, KOLKATA) == moment


def test_a_day_runs_from_midnight_to_its_last_second_in_its_zone():
    day = date(2024, 2, 29)

    assert (start_of_day(day, KOLKATA), end_of_day(day, KOLKATA)) == (
        datetime(2024, 2, 28, 18, 30, tzinfo=UTC),
        datetime(2024, 2, 29, 18, 29, 59, tzinfo=UTC),
    )


def test_a_day_whose_last_hour_comes_twice_ends_with_the_second():
    # Sao Paulo set its clocks back from midnight to 23:00.
    assert end_of_day(date(2018, 2, 17), ZoneInfo("America/Sao_Paulo")) == datetime(
        2018, 2, 18, 2, 59, 59, tzinfo=UTC
    )


def test_the_last_and_the_first_day_of_the_calendar_have_an_end_and_a_start():
    assert (
        end_of_day(date.max, timezone(timedelta(hours=-5))),
        start_of_day(date.min, KOLKATA),
    ) == (
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    )


@given(
    raw=st.one_of(
        DIGITS_AND_MARKS, st.text(), st.integers(), st.floats(), st.dates(), st.datetimes()
    ),
    zone=ZONES,
)
def test_anything_is_read_or_refused_and_never_breaks(raw, zone):
    for moment in (parse_moment(raw, zone), parse_day_first(raw, zone)):
        if moment is not None:
            assert (moment.tzinfo, moment.astimezone(zone).year >= 1900) == (UTC, True)


ALL_ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)
DAYS = st.dates(min_value=date(1900, 1, 1))


@given(
    moment=st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(9999, 12, 29)),
    zone=ALL_ZONES,
    reader=ALL_ZONES,
)
def test_a_moment_written_in_any_zone_is_read_as_itself(moment, zone, reader):
    known = moment.replace(microsecond=0, tzinfo=UTC)

    written = write_moment(known, zone)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", written)
    assert parse_moment(written, reader) == known


@pytest.mark.parametrize(
    ("zone", "moment", "written"),
    [
        ("Asia/Kolkata", datetime(1905, 6, 1, tzinfo=UTC), "1905-06-01T05:21:00+05:21"),
        ("Europe/Amsterdam", datetime(1930, 1, 1, 12, tzinfo=UTC), "1930-01-01T12:19:00+00:19"),
        ("Africa/Monrovia", datetime(1960, 1, 1, 12, tzinfo=UTC), "1960-01-01T11:15:00-00:45"),
        ("Asia/Kolkata", datetime(2020, 6, 1, tzinfo=UTC), "2020-06-01T05:30:00+05:30"),
    ],
)
def test_an_offset_is_written_in_whole_minutes(zone, moment, written):
    assert write_moment(moment, ZoneInfo(zone)) == written


@given(moment=st.integers(-2_208_900_000_000, 253_402_200_000_000), zone=ALL_ZONES)
def test_milliseconds_are_read_whatever_their_length(moment, zone):
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)

    assert parse_moment(moment, zone) == expected
    assert parse_moment(str(moment), zone) in (expected, None)


@given(
    day=DAYS,
    zone=ALL_ZONES,
    clock=st.sampled_from(["", "T00:00:00", " 23:59:59", "T23:59:59Z", "T00:00:00+14:00"]),
)
def test_a_date_is_the_date_that_is_written(day, zone, clock):
    written = day.isoformat() + clock

    assert parse_date(written, zone) == day
    assert parse_date(day, zone) == day
    assert parse_date(datetime.combine(day, time(23, 59), tzinfo=UTC), zone) == day


@pytest.mark.parametrize("raw", ["", "soon", "2000-02-30", "20000229", "1899-12-31", None, True])
def test_what_is_no_date_is_refused(raw):
    assert parse_date(raw, KOLKATA) is None


@given(day=st.dates(), zone=ZONES)
def test_every_day_starts_before_it_ends(day, zone):
    assert start_of_day(day, zone) < end_of_day(day, zone)


@pytest.mark.parametrize("raw", ["20160912T15:19:21+05:30", "20160912 T 15:19:21+0530"])
def test_reads_a_day_without_dashes_before_a_clock(raw):
    assert parse_moment(raw, UTC) == datetime(2016, 9, 12, 9, 49, 21, tzinfo=UTC)


@pytest.mark.parametrize("raw", ["20160912", "20161312T10:00:00", "201609122T10:00"])
def test_reads_no_other_row_of_digits(raw):
    assert parse_moment(raw, UTC) is None


def list_clock_changes(zone):
    """The days of 2026 on which the zone's clocks change, and the days beside them."""
    noons = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(365)]
    offsets = [noon.astimezone(zone).utcoffset() for noon in noons]
    changed = {n for n in range(1, 365) if offsets[n] != offsets[n - 1]}
    return [date(2026, 1, 1) + timedelta(days=n + beside) for n in changed for beside in (-1, 0, 1)]


@pytest.mark.parametrize("name", sorted(available_timezones() - {"localtime"}))
def test_a_span_is_every_second_of_its_day_on_days_of_clock_change(name):
    zone = ZoneInfo(name)
    days = [*list_clock_changes(zone), date(2026, 6, 15)]
    second = timedelta(seconds=1)

    for day in days:
        span = read_span(day.isoformat(), zone)

        inside = [span.start, span.start + second, span.last, span.end - second]
        assert [moment.astimezone(zone).date() for moment in inside] == [day] * 4
        assert (span.start - second).astimezone(zone).date() == day - timedelta(days=1)
        assert span.end.astimezone(zone).date() == day + timedelta(days=1)
        assert span.end == read_span((day + timedelta(days=1)).isoformat(), zone).start
        assert span.end - second == end_of_day(day, zone)
        assert timedelta(hours=22) <= span.end - span.start <= timedelta(hours=26)


@pytest.mark.parametrize(
    ("raw", "hours"),
    [("2026-03-29", 23), ("29-03-2026", 23), ("2026-10-25", 25), (" 2026-10-26 ", 24)],
)
def test_a_day_is_as_long_as_its_clocks_make_it(raw, hours):
    span = read_span(raw, ZoneInfo("Europe/Berlin"))

    assert span.end - span.start == timedelta(hours=hours)
    assert span.end - span.last == timedelta(microseconds=1)


@pytest.mark.parametrize("raw", ["2026-03-29 00:00:00", "2026-03-29T00:00", "1774738800000"])
def test_a_time_covers_its_second(raw):
    assert read_span(raw, ZoneInfo("Europe/Berlin")) == Span(
        datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 28, 23, 0, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize("raw", ["", "x", "2026-02-30", "1899-12-31", "2026-03-29 25:00"])
def test_what_is_no_moment_has_no_span(raw):
    assert read_span(raw, UTC) is None


def test_the_last_span_of_the_calendar_ends_with_it():
    west = timezone(timedelta(hours=-5))

    assert read_span("9999-12-31", UTC).end == LAST_MOMENT
    assert read_span("9999-12-31 18:59:59", west).end == LAST_MOMENT
