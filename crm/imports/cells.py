"""Widgets that parse cells, one for each type of column.

A widget takes trimmed text that is not blank. It raises ValueError with a message that completes
the sentence "the cell ...".
"""

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from import_export import widgets

from crm.imports.formula_cells import FORMULA_PREFIXES
from customers.rules.times import parse_day_first, parse_moment

_YES_WORDS = {
    "yes",
    "y",
    "true",
    "t",
    "1",
    "on",
    "x",
    "ja",
    "oui",
    "si",
    "sí",
    "optin",
    "optedin",
    "subscribed",
}
_NO_WORDS = {
    "no",
    "n",
    "false",
    "f",
    "0",
    "off",
    "nein",
    "non",
    "optout",
    "optedout",
    "unsubscribed",
}

_SLASHED = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{2}|\d{4})"
    r"(?:,?[T\s]\s*(?P<clock>\d{1,2}:\d\d(?::\d\d)?)\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?",
    re.ASCII,
)
_THOUSANDS_BY_COMMA = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?(\d{1,3}([. \u00a0\u202f]\d{3})+|\d+)?,\d+", re.ASCII)
# Two-digit years above this belong to the last century.
LATEST_SHORT_YEAR = 49


def strip_cell(cell: str) -> str:
    """Trim, and take away what keeps a spreadsheet from reading the text as something else.

    That is the apostrophe before what looks like a formula, and ``="00123"`` around digits.
    """
    text = cell.strip()
    if text[:2] == '="' and text[-1:] == '"' and len(text) > 2:
        return text[2:-1].strip()
    if text[:1] == "'" and text[1:].startswith(FORMULA_PREFIXES):
        return text[1:].strip()
    return text


class TextWidget(widgets.Widget):
    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        return value


class YesNoWidget(widgets.Widget):
    """Yes or no, in the usual spellings."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> bool:
        text = _normalise_word(value)
        if text in _YES_WORDS:
            return True
        if text in _NO_WORDS:
            return False
        raise ValueError("must say yes or no, or be empty")


class ChoiceWidget(widgets.Widget):
    """One of a few choices; case, blanks, dashes and underscores do not matter."""

    def __init__(self, choices: Mapping[str, str]) -> None:
        super().__init__()
        self._labels = list(choices.values())
        self._values = {
            _normalise_word(text): value
            for value, label in choices.items()
            for text in (value, label)
        }

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        try:
            return self._values[_normalise_word(value)]
        except KeyError:
            raise ValueError(f"must be one of {', '.join(self._labels)}") from None


class DateTimeWidget(widgets.Widget):
    """A date or a date and time; ``day_first`` decides what 1/12/2010 means. ISO 8601 works too."""

    def __init__(self, zone: tzinfo, *, day_first: bool) -> None:
        super().__init__()
        self._zone = zone
        self._day_first = day_first

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> datetime:
        match = _SLASHED.fullmatch(value)
        if match is None:
            parsed = parse_moment(value, self._zone)
        else:
            parsed = parse_day_first(self._day_before_month(match), self._zone)
        if parsed is None:
            raise ValueError("is no date" + (" with the day first" if self._day_first else ""))
        return parsed

    def _day_before_month(self, match: re.Match[str]) -> str:
        day, month = match["first"], match["second"]
        if not self._day_first:
            day, month = month, day
        year = match["year"]
        if len(year) == 2:
            year = ("20" if int(year) <= LATEST_SHORT_YEAR else "19") + year
        return f"{day}/{month}/{year} {_to_24_hours(match)}".strip()


class FieldDateTimeWidget(DateTimeWidget):
    """A date in an organization's field: the field's own validation sees invalid text."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except ValueError:
            return value


class NumberWidget(widgets.Widget):
    """A number in the format of the file, returned as text with a decimal point."""

    def __init__(self, *, decimal_comma: bool) -> None:
        super().__init__()
        self._decimal_comma = decimal_comma

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        if self._decimal_comma and _DECIMAL_COMMA.fullmatch(value):
            return re.sub(r"[. \u00a0\u202f]", "", value).replace(",", ".")
        if not self._decimal_comma and _THOUSANDS_BY_COMMA.fullmatch(value):
            return value.replace(",", "")
        return value


def _to_24_hours(match: re.Match[str]) -> str:
    clock, half = match["clock"] or "", (match["half"] or "").lower()
    if not half:
        return clock
    hour, _, rest = clock.partition(":")
    # 12 is noon or midnight. An invalid hour becomes 99, which the parser refuses.
    number = int(hour) % 12 + (12 if half.startswith("p") else 0) if 1 <= int(hour) <= 12 else 99
    return f"{number}:{rest}"


def _normalise_word(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.casefold())
