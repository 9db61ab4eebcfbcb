"""Dates and times as files write them: by numbers in either order, or with the month in words."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

from crm.imports.country_formats import get_writing
from crm.imports.readings import AnotherReading, CellFormats
from customers.rules.times import parse_day_first, parse_moment

_CLOCK = (
    r"(?:,?[T\s]\s*(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?)"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<offset>[Zz]|[-+][0-9]{2}:?[0-9]{2})?)?"
)
_NUMBERS = re.compile(
    r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<second>[0-9]{1,2})(?P=mark)"
    r"(?P<year>[0-9]{4}|[0-9]{2})" + _CLOCK
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([/.])([0-9]{1,2})\2([0-9]{1,2})(.*)", re.DOTALL)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|\.|º)?"
_MONTH = r"(?P<month>[^\W\d_]{3,})\.?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_WORDED = [
    # 01-Mar-2026, Mon, 1st of March 2026, 1. März 2026, 1 de marzo de 2026
    re.compile(
        rf"(?:[^\W\d_]+\.?,?\s+)?{_DAY}(?:\s+(?:of|de))?[\s/-]*{_MONTH}"
        rf"(?:\s+(?:of|del?))?[\s,/-]*{_YEAR}{_CLOCK}",
        re.IGNORECASE,
    ),
    # March 1, 2026
    re.compile(rf"{_MONTH}[\s-]*{_DAY}(?:,\s*|[\s-]+){_YEAR}{_CLOCK}", re.IGNORECASE),
    # 2026-Mar-01
    re.compile(
        rf"(?P<year>[0-9]{{4}})[\s/-]+{_MONTH}[\s/-]+(?P<day>[0-9]{{1,2}}){_CLOCK}", re.IGNORECASE
    ),
]
_OFFSET = re.compile(
    r"(:[0-9]{2}(?:[.,][0-9]{1,9})?\s*(?:[AaPp]\.?[Mm]\.?)?)\s*"
    r"(?:[Zz]|[-+][0-9]{2}(?::?[0-9]{2})?)\Z"
)
# A shorter row of digits in a column of dates is a year, a number or a mistake, not milliseconds.
_FEW_DIGITS = re.compile(r"-?[0-9]{1,11}")
# Two-digit years above this belong to the last century.
LATEST_SHORT_YEAR = 49


def read_date_time(text: str, formats: CellFormats) -> datetime:
    """Read a date or a date and time; ISO 8601 always works.

    Raises:
        AnotherReading: it is a date only in the other order of day and month.
        ValueError: it is no date.
    """
    match = _NUMBERS.fullmatch(text)
    if match is not None:
        return _read_numbers(match, formats)
    parsed = _read_words(text, formats)
    if parsed is None and not _FEW_DIGITS.fullmatch(text):
        parsed = parse_moment(_YEAR_FIRST.sub(r"\1-\3-\4\5", text), formats.zone)
    if parsed is None:
        raise _no_date(formats)
    return parsed


def read_date(text: str, formats: CellFormats) -> date:
    """Read a date, whatever time and offset are written with it: they never move it.

    Raises:
        AnotherReading, ValueError: as ``read_date_time``.
    """
    if text.lstrip("-").isdigit():
        return read_date_time(text, formats).astimezone(formats.zone).date()
    wall_clock = _OFFSET.sub(r"\1", text)
    return read_date_time(wall_clock, replace(formats, zone=UTC)).date()


def find_orders(text: str) -> tuple[bool, bool]:
    """Return whether a cell is a date with the day first only, or with the month first only."""
    match = _NUMBERS.fullmatch(text)
    if match is None:
        return False, False
    first, second = int(match["first"]) > 12, int(match["second"]) > 12
    return first and not second, second and not first


def _read_numbers(match: re.Match[str], formats: CellFormats) -> datetime:
    first, second = match["first"], match["second"]
    orders = [(first, second), (second, first)]
    if not formats.day_first:
        orders.reverse()
    chosen, other = (_parse(match, day, month, formats) for day, month in orders)
    if chosen is not None:
        return chosen
    if other is not None:
        part = "month" if formats.day_first else "day"
        raise AnotherReading("dates", f"is a date with the {part} first")
    raise _no_date(formats)


def _read_words(text: str, formats: CellFormats) -> datetime | None:
    for pattern in _WORDED:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        month = get_writing(formats.country).months.get(_fold_word(match["month"]))
        if month is not None:
            return _parse(match, match["day"], str(month), formats)
    return None


def _parse(match: re.Match[str], day: str, month: str, formats: CellFormats) -> datetime | None:
    year = match["year"]
    if len(year) == 2:
        year = ("20" if int(year) <= LATEST_SHORT_YEAR else "19") + year
    clock = _to_24_hours(match["clock"] or "", (match["half"] or "").lower())
    text = f"{day}/{month}/{year} {clock}{match['offset'] or ''}".strip()
    return parse_day_first(text, formats.zone)


def _no_date(formats: CellFormats) -> ValueError:
    return ValueError("is no date" + (" with the day first" if formats.day_first else ""))


def _fold_word(word: str) -> str:
    return "".join(
        char
        for char in unicodedata.normalize("NFKD", word.casefold())
        if not unicodedata.combining(char)
    )


def _to_24_hours(clock: str, half: str) -> str:
    if not half:
        return clock
    hour, _, rest = clock.partition(":")
    # 12 is noon or midnight. An invalid hour becomes 99, which the parser refuses.
    number = int(hour) % 12 + (12 if half.startswith("p") else 0) if 1 <= int(hour) <= 12 else 99
    return f"{number}:{rest}"
