"""Parsing dates and times of callers into UTC, and writing them for callers."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple

EARLIEST_YEAR = 1900
# What lies after it cannot be told apart, so a span that would end later ends here.
LAST_MOMENT = datetime.max.replace(microsecond=0, tzinfo=UTC)

_MAX_TEXT_LENGTH = 40
# A space instead of a sign is a plus that was not escaped in a query string.
_CLOCK = (
    r"(?:(?:\s*T\s*|\s+)(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*?(?P<offset>[Zz]|[-+ ]\d\d:?\d\d|[-+]\d\d)?)?"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})" + _CLOCK, re.ASCII)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)" + _CLOCK.removesuffix("?"), re.ASCII
)
_DASHED_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})" + _CLOCK, re.ASCII
)
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4})" + _CLOCK, re.ASCII
)
_EPOCH_MILLISECONDS = re.compile(r"-?\d{1,15}", re.ASCII)
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Span(NamedTuple):
    """A stretch of time in UTC, from ``start`` until just before ``end``."""

    start: datetime
    end: datetime

    @property
    def last(self) -> datetime:
        """The last moment that a row can have within the span."""
        return self.end - timedelta(microseconds=1)


def read_span(raw: str, zone: tzinfo) -> Span | None:
    """Return the time that a text covers, or None where ``parse_moment`` refuses it.

    A date covers its whole day in ``zone``, 23 to 25 hours where clocks change; a date with a
    time, or milliseconds, cover one second.
    """
    start = parse_moment(raw, zone)
    if start is None:
        return None
    match = _match_text(raw.strip())
    if match is not None and match["hour"] is None:
        return get_day_span(date(*(int(match[part]) for part in ("year", "month", "day"))), zone)
    return Span(start, min(start, LAST_MOMENT - timedelta(seconds=1)) + timedelta(seconds=1))


def get_day_span(day: date, zone: tzinfo) -> Span:
    """Return the whole day in ``zone``."""
    end = LAST_MOMENT if day == date.max else start_of_day(day + timedelta(days=1), zone)
    return Span(start_of_day(day, zone), end)


def parse_moment(raw: object, zone: tzinfo) -> datetime | None:
    """Return the date and time in UTC, or None if it is not valid or before ``EARLIEST_YEAR``.

    Accepted are ISO 8601 with ``T`` or a space, ``YYYY-MM-DD``, ``DD-MM-YYYY``, each with or
    without a time and an offset, ``YYYYMMDD`` with a time, and milliseconds since 1970, of any
    length and before it too. Text of eight digits that spell a day is refused: it may mean either.
    Without an offset the time is in ``zone``; a date alone is its start. Dates and datetimes are
    accepted too.
    """
    if isinstance(raw, datetime):
        return _to_utc(raw, zone)
    if isinstance(raw, date):
        return _to_utc(datetime.combine(raw, time()), zone)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return _parse_epoch(raw, zone)
    text = _read_short_text(raw)
    if text is None:
        return None
    if _EPOCH_MILLISECONDS.fullmatch(text):
        return None if _spells_day(text) else _parse_epoch(int(text), zone)
    return _build_moment(_match_text(text), zone)


def parse_date(raw: object, zone: tzinfo) -> date | None:
    """Return the date as it is written, or None if ``parse_moment`` reads no such text.

    A date has no moment: neither its time nor its offset moves it to another day. Only of
    milliseconds, which are a moment, it is the day in ``zone``.
    """
    if isinstance(raw, datetime):
        day = raw.date()
    elif isinstance(raw, date):
        day = raw
    else:
        text = _read_short_text(raw)
        local = None if text is None else _build_local(_match_text(text))
        if local is None:
            moment = parse_moment(raw, zone)
            local = moment and moment.astimezone(zone)
        if local is None:
            return None
        day = local.date()
    return day if day.year >= EARLIEST_YEAR else None


def write_moment(moment: datetime, zone: tzinfo) -> str:
    """Return the moment in ISO 8601, to the second, with the offset of ``zone``.

    Offsets are written in whole minutes, as ISO 8601 has them, and ``parse_moment`` reads the same
    moment: local mean times of long ago, such as +05:53:28, are cut to the minute.
    """
    local = moment.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    minutes = offset // timedelta(minutes=1)
    if minutes * timedelta(minutes=1) != offset:
        local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    return local.isoformat(timespec="seconds")


def parse_day_first(raw: object, zone: tzinfo) -> datetime | None:
    """Parse ``D/M/YYYY`` with or without a time, also with dots or dashes, into UTC.

    For columns that are known to be day-first: 1/12/2010 alone is ambiguous.
    """
    text = _read_short_text(raw)
    return None if text is None else _build_moment(_DAY_FIRST.fullmatch(text), zone)


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the day's first moment in ``zone``, as UTC."""
    return _to_utc_or_edge(datetime.combine(day, time(), tzinfo=zone))


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return 23:59:59 of the day in ``zone``, as UTC; the later one if it occurs twice."""
    return _to_utc_or_edge(datetime.combine(day, time(23, 59, 59, fold=1), tzinfo=zone))


def _match_text(text: str) -> re.Match[str] | None:
    return (
        _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text) or _DASHED_DAY_FIRST.fullmatch(text)
    )


def _read_short_text(raw: object) -> str | None:
    if not isinstance(raw, str) or len(raw) > _MAX_TEXT_LENGTH:
        return None
    return raw.strip()


def _parse_epoch(milliseconds: int, zone: tzinfo) -> datetime | None:
    try:
        return _to_utc(_EPOCH + timedelta(milliseconds=milliseconds), zone)
    except OverflowError:
        return None


def _spells_day(text: str) -> bool:
    match = _EIGHT_DIGITS.fullmatch(text)
    if match is None:
        return False
    try:
        return date(*map(int, match.groups())).year >= EARLIEST_YEAR
    except ValueError:
        return False


def _build_moment(match: re.Match[str] | None, zone: tzinfo) -> datetime | None:
    local = _build_local(match)
    return None if local is None else _to_utc(local, zone)


def _build_local(match: re.Match[str] | None) -> datetime | None:
    """Return what is written: with an offset only if the text has one."""
    if match is None:
        return None
    parts = match.groupdict()
    try:
        return datetime(
            int(parts["year"]),
            int(parts["month"]),
            int(parts["day"]),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            int((parts["fraction"] or "").ljust(6, "0")[:6]),
            tzinfo=_parse_offset(parts["offset"]) if parts["offset"] else None,
        )
    except ValueError:
        # A thirteenth month, a 30 February, an offset of a day or more.
        return None


def _parse_offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if minutes > 59:
        raise ValueError("an offset has at most 59 minutes")
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _to_utc(moment: datetime, zone: tzinfo) -> datetime | None:
    try:
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        utc = aware.astimezone(UTC)
        # A time that the organization's time zone cannot represent would break every page with it.
        local = utc.astimezone(zone)
    except (OverflowError, ValueError):
        return None
    return utc if min(utc.year, local.year) >= EARLIEST_YEAR else None


def _to_utc_or_edge(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        edge = datetime.max if moment.year > EARLIEST_YEAR else datetime.min
        return edge.replace(microsecond=0, tzinfo=UTC)
