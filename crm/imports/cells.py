"""The text of a cell, and the dates, numbers and words in it.

The readers take stripped text that is not blank. They raise ValueError with a message that
completes the sentence "the cell ...".
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from crm.imports.files.xlsx_table import UNCOMPUTED
from crm.imports.formula_cells import unescape_formula
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
# What Excel and its kin write where a value should be, in the languages that they speak.
_ERROR_CELL = re.compile(
    r"#(?:N/[AVDB]|N/DISP|NV|GETTING_DATA|[¡¿]?(?:REF|BEZUG|RIF|VERW|DIV/0|VALUE|WERT|VALEUR|VALOR|WAARDE"
    r"|NUM|ZAHL|NOMBRE|GETAL|NULL|NUL|NULO|NAME|NOM|NOME|NAAM|SPILL|CALC|FIELD|BLOCKED|CONNECT|BUSY"
    r"|UNKNOWN|EXTERNAL|PYTHON|TIMEOUT)[!?]|#+)",
    re.IGNORECASE,
)
_PLACEHOLDERS = {
    "na",
    "nan",
    "nil",
    "none",
    "null",
    "nothing",
    "unknown",
    "undefined",
    "missing",
    "notavailable",
    "notapplicable",
    "notknown",
    "notprovided",
    "notgiven",
    "blank",
    "empty",
    "tbd",
    "tba",
    "keine",
    "keiner",
    "unbekannt",
    "nichtbekannt",
    "aucun",
    "inconnu",
    "ninguno",
    "desconocido",
}
_LOST_DIGITS = re.compile(r"[-+]?\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE | re.ASCII)
ERROR_CELL = "is an error of the spreadsheet and no value"
NO_RESULT = "is a formula without its result; open the file in Excel and save it again"
LOST_DIGITS = "has lost digits in a spreadsheet; format the column as text"


@dataclass(frozen=True, slots=True)
class CellFormats:
    """How a file writes dates and numbers; ``day_first`` decides what 1/12/2010 means."""

    zone: tzinfo
    day_first: bool = True
    decimal_comma: bool = False


def strip_cell(cell: str) -> str:
    """Trim, and take away what keeps a spreadsheet from reading the text as something else.

    That is the apostrophe before what looks like a formula, and ``="00123"`` around digits.
    """
    text = cell.strip()
    if text[:2] == '="' and text[-1:] == '"' and len(text) > 2:
        return text[2:-1].strip()
    return unescape_formula(text).strip() if text[:1] == "'" else text


def spreadsheet_fault(text: str) -> str:
    """Say why a cell's text is nothing that anybody entered; blank when it may be."""
    match text[:1]:
        case "#":
            if text.startswith(UNCOMPUTED):
                return NO_RESULT
            return ERROR_CELL if _ERROR_CELL.fullmatch(text) else ""
        case _:
            return LOST_DIGITS if "+" in text and _LOST_DIGITS.fullmatch(text) else ""


def is_placeholder(text: str) -> bool:
    """Whether a text stands for a value that is not known: N/A, NULL, a dash, zeros only."""
    bare = re.sub(r"[\W_]+", "", text.casefold())
    return bare in _PLACEHOLDERS or not bare.strip("0") or text.casefold() == "k.a."


def read_yes_no(text: str) -> bool:
    """Read yes or no, in the usual spellings."""
    word = normalise_word(text)
    if word in _YES_WORDS:
        return True
    if word in _NO_WORDS:
        return False
    raise ValueError("must say yes or no, or be empty")


def read_date_time(text: str, formats: CellFormats) -> datetime:
    """Read a date or a date and time; ISO 8601 always works."""
    match = _SLASHED.fullmatch(text)
    if match is None:
        parsed = parse_moment(text, formats.zone)
    else:
        parsed = parse_day_first(_put_day_first(match, formats.day_first), formats.zone)
    if parsed is None:
        raise ValueError("is no date" + (" with the day first" if formats.day_first else ""))
    return parsed


def read_number(text: str, formats: CellFormats) -> str:
    """Return a number of the file with a decimal point; other text stays as it is."""
    if formats.decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        return re.sub(r"[. \u00a0\u202f]", "", text).replace(",", ".")
    if not formats.decimal_comma and _THOUSANDS_BY_COMMA.fullmatch(text):
        return text.replace(",", "")
    return text


def normalise_word(text: str) -> str:
    """Fold case, blanks, dashes and underscores."""
    return re.sub(r"[\s_-]+", "", text.casefold())


def _put_day_first(match: re.Match[str], day_first: bool) -> str:
    day, month = match["first"], match["second"]
    if not day_first:
        day, month = month, day
    year = match["year"]
    if len(year) == 2:
        year = ("20" if int(year) <= LATEST_SHORT_YEAR else "19") + year
    return f"{day}/{month}/{year} {_to_24_hours(match)}".strip()


def _to_24_hours(match: re.Match[str]) -> str:
    clock, half = match["clock"] or "", (match["half"] or "").lower()
    if not half:
        return clock
    hour, _, rest = clock.partition(":")
    # 12 is noon or midnight. An invalid hour becomes 99, which the parser refuses.
    number = int(hour) % 12 + (12 if half.startswith("p") else 0) if 1 <= int(hour) <= 12 else 99
    return f"{number}:{rest}"
