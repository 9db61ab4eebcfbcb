"""Values of custom and extended fields, checked against their definitions."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal, TypeAlias

from customers.rules.text import folded, is_writable, shown
from customers.rules.times import parse_moment

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

_LARGEST = 2**63 - 1
_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off"})
# Spreadsheets write the whole number 18 as 18.0.
_WHOLE = re.compile(r"([-+]?[0-9]{1,19})(?:\.0{1,20})?")
_DECIMAL = re.compile(
    r"[-+]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,3})?"
)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What the definition of a field asks of its values.

    ``options`` are an ENUM's, from their folded to their own spelling.
    """

    name: str
    data_type: str
    options: Mapping[str, str] = field(default_factory=dict)
    max_length: int = 255
    is_mandatory: bool = False


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One value that is left out, and why. The name is fit to be shown."""

    name: str
    reason: Reason


class _Refused(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def check_values(
    given: Mapping[str, object], rules: Mapping[str, FieldRule], *, zone: tzinfo
) -> tuple[dict[str, Value | None], list[FieldProblem]]:
    """Sort given values into those to keep, under their definitions' names, and problems.

    ``rules`` is keyed by folded name. None as an accepted value means: remove the field; null
    and blank text ask for that. Dates are kept as ``YYYY-MM-DD``, moments as ISO 8601 in UTC;
    one without an offset is of ``zone``. Where two spellings of a name are given, the last wins.
    """
    accepted: dict[str, Value | None] = {}
    problems: list[FieldProblem] = []
    for name, raw in given.items():
        rule = rules.get(folded(name))
        if rule is None:
            problems.append(FieldProblem(shown(name), "unknown"))
            continue
        try:
            accepted[rule.name] = _read(raw, rule, zone)
        except _Refused as refusal:
            problems.append(FieldProblem(rule.name, refusal.reason))
    return accepted, problems


def _read(raw: object, rule: FieldRule, zone: tzinfo) -> Value | None:
    if isinstance(raw, str):
        if not is_writable(raw):
            raise _Refused("ill_typed")
        raw = raw.strip()
    if raw is None or raw == "":
        return None
    if rule.data_type == INTEGER:
        return _integer(raw)
    if rule.data_type == DOUBLE:
        return _double(raw)
    if rule.data_type == BOOLEAN:
        return _boolean(raw)
    if rule.data_type in (DATE, DATETIME):
        return _moment(raw, rule.data_type, zone)
    text = _text(raw)
    if rule.data_type == ENUM:
        return _option(text, rule)
    if len(text) > rule.max_length:
        raise _Refused("too_long")
    return text


def _integer(raw: object) -> int:
    number: int | None = None
    if isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    elif isinstance(raw, float) and raw.is_integer():
        number = int(raw)
    elif isinstance(raw, str) and (match := _WHOLE.fullmatch(raw)):
        number = int(match[1])
    if number is None or abs(number) > _LARGEST:
        raise _Refused("ill_typed")
    return number


def _double(raw: object) -> float:
    number = math.nan
    if isinstance(raw, str):
        if _DECIMAL.fullmatch(raw):
            number = float(raw)
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        try:
            number = float(raw)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number):
        raise _Refused("ill_typed")
    return number


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and raw in (0, 1):
        return raw == 1
    word = raw.lower() if isinstance(raw, str) else ""
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise _Refused("ill_typed")


def _moment(raw: object, data_type: str, zone: tzinfo) -> str:
    moment = parse_moment(raw, zone)
    if moment is None:
        raise _Refused("ill_typed")
    if data_type == DATE:
        return moment.astimezone(zone).date().isoformat()
    return moment.isoformat()


def _text(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str):
        return raw if raw.isascii() else unicodedata.normalize("NFC", raw)
    if isinstance(raw, int):
        # Python refuses to print whole numbers of thousands of digits.
        if abs(raw) > _LARGEST:
            raise _Refused("too_long")
        return str(raw)
    if isinstance(raw, float) and math.isfinite(raw):
        return repr(raw)
    raise _Refused("ill_typed")


def _option(text: str, rule: FieldRule) -> str:
    option = rule.options.get(folded(text))
    if option is None:
        raise _Refused("not_an_option")
    return option
