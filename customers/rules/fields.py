"""Values of custom and extended fields, checked against their definitions."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal, TypeAlias

from customers.rules.text import fold_name, is_writable, sanitize
from customers.rules.times import parse_date, parse_moment

STRING = "STRING"
INTEGER = "INTEGER"
DOUBLE = "DOUBLE"
BOOLEAN = "BOOLEAN"
DATE = "DATE"
DATETIME = "DATETIME"
ENUM = "ENUM"
DATA_TYPES = (STRING, INTEGER, DOUBLE, BOOLEAN, DATE, DATETIME, ENUM)

Reason: TypeAlias = Literal["unknown", "ill_typed", "too_long", "not_an_option"]
Value: TypeAlias = str | int | float | bool

_MAX_INTEGER = 2**63 - 1
_TRUE_WORDS = frozenset({"true", "yes", "y", "1", "on"})
_FALSE_WORDS = frozenset({"false", "no", "n", "0", "off"})
# Spreadsheets write the whole number 18 as 18.0.
_INTEGER_TEXT = re.compile(r"([-+]?[0-9]{1,19})(?:\.0{1,20})?")
_DECIMAL_TEXT = re.compile(
    r"[-+]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,3})?"
)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a field definition requires of its values.

    ``options`` maps the folded spelling of an ENUM's values to the stored one.
    """

    name: str
    data_type: str
    options: Mapping[str, str] = field(default_factory=dict)
    max_length: int = 255
    is_mandatory: bool = False


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A value that was left out, and why. The name is safe to show."""

    name: str
    reason: Reason


class _InvalidValue(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def check_values(
    values: Mapping[str, object], rules: Mapping[str, FieldRule], *, zone: tzinfo
) -> tuple[dict[str, Value | None], list[FieldProblem]]:
    """Return the accepted values, by the name in the definition, and the problems.

    ``rules`` is keyed by folded name. An accepted value of None removes the field; null and blank
    text are read as None. Dates are stored as ``YYYY-MM-DD``, as they are written, and times as ISO
    8601 in UTC; a time without an offset is in ``zone``. If a name occurs in two spellings, the
    last one wins.
    """
    accepted: dict[str, Value | None] = {}
    problems: list[FieldProblem] = []
    for name, raw in values.items():
        rule = rules.get(fold_name(name))
        if rule is None:
            problems.append(FieldProblem(sanitize(name), "unknown"))
            continue
        try:
            accepted[rule.name] = _parse_value(raw, rule, zone)
        except _InvalidValue as error:
            problems.append(FieldProblem(rule.name, error.reason))
    return accepted, problems


def _parse_value(raw: object, rule: FieldRule, zone: tzinfo) -> Value | None:
    if isinstance(raw, str):
        if not is_writable(raw):
            raise _InvalidValue("ill_typed")
        raw = raw.strip()
    if raw is None or raw == "":
        return None
    if rule.data_type == INTEGER:
        return _parse_integer(raw)
    if rule.data_type == DOUBLE:
        return _parse_double(raw)
    if rule.data_type == BOOLEAN:
        return _parse_boolean(raw)
    if rule.data_type in (DATE, DATETIME):
        day_or_moment = (parse_date if rule.data_type == DATE else parse_moment)(raw, zone)
        if day_or_moment is None:
            raise _InvalidValue("ill_typed")
        return day_or_moment.isoformat()
    text = _convert_to_text(raw)
    if rule.data_type == ENUM:
        return _find_option(text, rule)
    if len(text) > rule.max_length:
        raise _InvalidValue("too_long")
    return text


def _parse_integer(raw: object) -> int:
    number: int | None = None
    if isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    elif isinstance(raw, float) and raw.is_integer():
        number = int(raw)
    elif isinstance(raw, str) and (match := _INTEGER_TEXT.fullmatch(raw)):
        number = int(match[1])
    if number is None or abs(number) > _MAX_INTEGER:
        raise _InvalidValue("ill_typed")
    return number


def _parse_double(raw: object) -> float:
    number = math.nan
    if isinstance(raw, str):
        if _DECIMAL_TEXT.fullmatch(raw):
            number = float(raw)
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        try:
            number = float(raw)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number):
        raise _InvalidValue("ill_typed")
    return number


def _parse_boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and raw in (0, 1):
        return raw == 1
    word = raw.lower() if isinstance(raw, str) else ""
    if word in _TRUE_WORDS:
        return True
    if word in _FALSE_WORDS:
        return False
    raise _InvalidValue("ill_typed")


def _convert_to_text(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str):
        return raw if raw.isascii() else unicodedata.normalize("NFC", raw)
    if isinstance(raw, int):
        # Python refuses to convert integers of thousands of digits to text.
        if abs(raw) > _MAX_INTEGER:
            raise _InvalidValue("too_long")
        return str(raw)
    if isinstance(raw, float) and math.isfinite(raw):
        return repr(raw)
    raise _InvalidValue("ill_typed")


def _find_option(text: str, rule: FieldRule) -> str:
    option = rule.options.get(fold_name(text))
    if option is None:
        raise _InvalidValue("not_an_option")
    return option
