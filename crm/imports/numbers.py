"""Numbers as files write them: decimal marks, groups of digits, signs and currencies."""

import re
import unicodedata
from functools import cache

from crm.imports.country_formats import Writing, fold_currency, get_writing, list_currencies
from crm.imports.readings import AnotherReading, CellFormats
from crm.kernel.staff_texts import staff_text

UNUSUAL_GROUPS = staff_text("has digits grouped in an unusual way; write it without groups")
OTHER_CURRENCY = staff_text("is in another currency than the organization's")

_WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
_PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?", re.ASCII)
_DIGITS = re.compile(r"[\d.,' ]*\d[\d.,' ]*", re.ASCII)
_FRONT_MARK = re.compile(r"(?P<mark>[^\d\s.,'()+-]+\.?)\s*(?P<rest>[\d.,'(+-].*)", re.ASCII)
_BACK_MARK = re.compile(r"(?P<rest>.*[\d.,')+-])\s*(?P<mark>[^\d\s.,'()+-]+\.?)", re.ASCII)
_NO_CENTS = re.compile(r"(?<=\d)[.,]--?$")  # 100,- and 100.--
_MINUSES = "\u2212\u2012\u2013\ufe63\uff0d"
_APOSTROPHES = "\u2019\u2018\u02bc\u2032"


def read_number(text: str, formats: CellFormats) -> str:
    """Return a number of the file with a decimal point; text that is no number stays as it is.

    Raises:
        AnotherReading: it is a number only with the other decimal mark, or another number if the
            decimal mark is not known.
        ValueError: the amount is in another currency, or its digits are grouped as nobody writes
            them in the country.
    """
    if (_WHOLE if formats.decimal_comma is not False else _PLAIN).fullmatch(text):
        return text
    writing = get_writing(formats.country)
    bare = _strip_marks(text, writing)
    if bare is None:
        return text
    sign, digits = bare
    point, comma = read_digits(digits, writing)
    if formats.decimal_comma is None:
        readings = {reading for reading in (point, comma) if reading}
        if len(readings) > 1:
            raise AnotherReading("numbers", "can be read as two numbers")
        if not readings:
            raise ValueError(UNUSUAL_GROUPS)
        return sign + readings.pop()
    reading, other = (comma, point) if formats.decimal_comma else (point, comma)
    # A workbook has a decimal point in its numbers, whatever it shows.
    if not reading and formats.has_typed_numbers and formats.decimal_comma:
        reading = point
    if reading:
        return sign + reading
    if other:
        mark = "point" if formats.decimal_comma else "comma"
        raise AnotherReading("numbers", f"is a number with a decimal {mark}")
    raise ValueError(UNUSUAL_GROUPS)


def read_digits(digits: str, writing: Writing) -> tuple[str, str]:
    """Return the number with a decimal point and with a decimal comma; blank where it is none."""
    return _read(digits, _build_pattern(".", writing)), _read(digits, _build_pattern(",", writing))


def find_readings(text: str, country: str) -> tuple[str, str]:
    """Return how a cell reads with a decimal point and with a decimal comma; blank for none."""
    writing = get_writing(country)
    try:
        bare = _strip_marks(text, writing)
    except ValueError:
        return "", ""
    return read_digits(bare[1], writing) if bare else ("", "")


def _read(digits: str, pattern: re.Pattern[str]) -> str:
    match = pattern.fullmatch(digits)
    if match is None:
        return ""
    whole = re.sub(r"\D", "", match["whole"] or "")
    fraction = match["fraction"] or ""
    if not whole and not fraction:
        return ""
    return f"{whole or '0'}.{fraction}" if fraction else whole


@cache
def _build_pattern(decimal: str, writing: Writing) -> re.Pattern[str]:
    groups = "," if decimal == "." else "."
    # With a decimal comma, a blank between groups is usual everywhere.
    if writing.has_blanks or decimal == ",":
        groups += " "
    if writing.has_apostrophes:
        groups += "'"
    lakhs = r"|[1-9]\d?(?:,\d\d)+,\d{3}" if writing.has_lakhs and decimal == "." else ""
    return re.compile(
        rf"(?P<whole>[1-9]\d{{0,2}}(?P<group>[{groups}])\d{{3}}(?:(?P=group)\d{{3}})*|\d+{lakhs})?"
        rf"(?:{re.escape(decimal)}(?P<fraction>\d*))?",
        re.ASCII,
    )


def _strip_marks(text: str, writing: Writing) -> tuple[str, str] | None:
    """Return the sign and the digits with their marks; None when the text is no number.

    A minus stands before or after the digits or the currency; brackets are a minus too.
    """
    rest = text if text.isascii() else _fold_characters(text)
    rest, signs, has_currency = rest.strip(), "", False
    if writing.has_lakhs:
        rest = rest.removesuffix("/-").removesuffix("/=")  # Rs. 500/-
    while not _DIGITS.fullmatch(rest):
        if rest[:1] == "(" and rest[-1:] == ")":
            rest, signs = rest[1:-1].strip(), f"{signs}-"
        elif rest[:1] in ("-", "+"):
            rest, signs = rest[1:].strip(), signs + rest[0]
        elif _NO_CENTS.search(rest):
            rest = _NO_CENTS.sub("", rest)
        elif rest[-1:] == "-":
            rest, signs = rest[:-1].strip(), f"{signs}-"
        else:
            match = (
                None if has_currency else _FRONT_MARK.fullmatch(rest) or _BACK_MARK.fullmatch(rest)
            )
            if match is None:
                return None
            has_currency = True
            mark = fold_currency(match["mark"])
            if mark not in writing.currencies:
                if mark in list_currencies():
                    raise ValueError(OTHER_CURRENCY)
                return None
            rest = match["rest"].strip()
        if len(signs) > 1:
            return None
    return signs.replace("+", ""), rest


def _fold_characters(text: str) -> str:
    """Fold the digits, blanks, minuses and apostrophes of all scripts to those of ASCII."""
    return "".join(map(_fold_character, text))


@cache
def _fold_character(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if char.isspace():
        return " "
    if char in _MINUSES:
        return "-"
    if char in _APOSTROPHES:
        return "'"
    return unicodedata.normalize("NFKC", char) if _is_wide(char) else char


def _is_wide(char: str) -> bool:
    return unicodedata.decomposition(char).startswith("<wide>")
