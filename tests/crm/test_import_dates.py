"""Dates in words and by numbers, in the order of the file."""

from datetime import UTC, date, timedelta, timezone

import pytest

from crm.imports.dates import read_date, read_date_time
from crm.imports.readings import AnotherReading, CellFormats


def read(text, country="IN", *, day_first=True):
    formats = CellFormats(UTC, day_first=day_first, country=country)
    return read_date_time(text, formats).isoformat().removesuffix("+00:00")


@pytest.mark.parametrize(
    ("country", "text", "moment"),
    [
        ("IN", "01-Mar-2026", "2026-03-01T00:00:00"),
        ("IN", "01-MAR-26", "2026-03-01T00:00:00"),
        ("IN", "1 March 2026", "2026-03-01T00:00:00"),
        ("IN", "1st of March 2026", "2026-03-01T00:00:00"),
        ("US", "March 1, 2026", "2026-03-01T00:00:00"),
        ("US", "Sept 5, 2026 10:30 PM", "2026-09-05T22:30:00"),
        ("IN", "Mon, 02 Mar 2026 08:00:00 +0530", "2026-03-02T02:30:00"),
        ("DE", "1. März 2026", "2026-03-01T00:00:00"),
        ("DE", "3. Okt. 2026", "2026-10-03T00:00:00"),
        ("AT", "5. Jänner 2026", "2026-01-05T00:00:00"),
        ("FR", "1er mars 2026", "2026-03-01T00:00:00"),
        ("FR", "12 août 2026", "2026-08-12T00:00:00"),
        ("ES", "1 de marzo de 2026", "2026-03-01T00:00:00"),
        ("MX", "5-ene-2026", "2026-01-05T00:00:00"),
        ("IN", "2026/03/01", "2026-03-01T00:00:00"),
        ("IN", "2026-03-01 10:00", "2026-03-01T10:00:00"),
    ],
)
def test_reads_months_in_the_words_of_the_country(country, text, moment):
    assert read(text, country) == moment


@pytest.mark.parametrize(
    ("country", "text"),
    [("IN", "1. März 2026"), ("FR", "5 jui 2026"), ("IN", "31-Feb-2026"), ("IN", "1 Foo 2026")],
)
def test_what_is_no_month_here_is_no_date(country, text):
    with pytest.raises(ValueError, match="is no date"):
        read(text, country)


@pytest.mark.parametrize("tail", ["", " 08:26", " 8:26 am", "T10:00:00Z", " 10:00:00+05:30"])
def test_the_order_holds_whatever_follows_the_date(tail):
    assert read(f"2/1/2026{tail}").startswith("2026-01-02")
    assert read(f"2-1-2026{tail}", day_first=False).startswith("2026-02-01")
    with pytest.raises(AnotherReading):
        read(f"12/25/2025{tail}")
    with pytest.raises(AnotherReading):
        read(f"25-12-2025{tail}", day_first=False)


@pytest.mark.parametrize(
    "text",
    [
        "2/1/2026",
        "02-01-2026 23:59",
        "2026-01-02T00:00:00+14:00",
        "2026-01-02T23:59:59Z",
        "2.1.2026 11:30 pm",
        "2 Jan 2026",
        "1767326400000",
    ],
)
@pytest.mark.parametrize("hours", [-8, 0, 5])
def test_a_date_in_a_file_never_moves_to_another_day(text, hours):
    formats = CellFormats(timezone(timedelta(hours=hours)), country="IN")

    day = date(2026, 1, 1) if text.isdigit() and hours < -4 else date(2026, 1, 2)
    assert read_date(text, formats) == day


@pytest.mark.parametrize("text", ["45000", "2026", "-5", "9876543210"])
def test_a_bare_number_is_no_date_in_a_file(text):
    for read_text in (read_date, read_date_time):
        with pytest.raises(ValueError, match="is no date"):
            read_text(text, CellFormats(UTC))
