"""What the settings of a card series may be."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from customers.rules.text import is_writable
from loyalty import errors
from loyalty.rules.card_numbers import NumberPattern, check_pattern

TYPES = ("PHYSICAL", "DIGITAL")
METHODS = ("DEFAULT", "LUHN")
TRIGGERS = ("REGISTRATION", "SERIES_ID", "OU_ID")
IN_A_CONCEPT = "OU_ID"
MOST_DAYS = 36_500
MOST_CARDS = 1_000_000

_LONGEST = {"code": 60, "name": 150, "description": 255, "concept_code": 100}
_WORDS = {"type": TYPES, "method": METHODS, "trigger": TRIGGERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSeriesSettings:
    """Everything about a series that a caller decides.

    ``takes_external`` left out follows ``generation_enabled``: numbers that are not made here
    must come from outside. ``max_active_cards`` None is no limit.
    """

    code: str = ""
    name: str = ""
    description: str = ""
    type: str = "DIGITAL"
    trigger: str = "SERIES_ID"
    concept_code: str = ""
    max_active_cards: int | None = None
    expiry_enabled: bool = False
    expiry_days: int = 0
    generation_enabled: bool = True
    takes_external: bool | None = None
    prefix: str = ""
    suffix: str = ""
    length: int = 16
    method: str = "DEFAULT"
    is_active: bool = True

    @property
    def pattern(self) -> NumberPattern:
        return NumberPattern(self.prefix, self.suffix, self.length, self.method == "LUHN")


NAMES = frozenset(field.name for field in fields(CardSeriesSettings))


def settle_series(given: Mapping[str, Any], present: CardSeriesSettings) -> CardSeriesSettings:
    """Return the settings after a change: what is not given stays as it is.

    Raises:
        CardSeriesInvalid: a value is of the wrong kind, too long or too large, or contradicts
            another (fact: ``field``).
    """
    read = {name: _read(name, value) for name, value in given.items() if name in NAMES}
    new = replace(present, **read)
    if new.takes_external is None or (
        "generation_enabled" in read and "takes_external" not in read
    ):
        new = replace(new, takes_external=not new.generation_enabled or bool(new.takes_external))
    for name in ("code", "name"):
        if not getattr(new, name):
            raise errors.CardSeriesInvalid(field=name)
    if new.trigger != IN_A_CONCEPT and "concept_code" not in read:
        new = replace(new, concept_code="")
    if (new.trigger == IN_A_CONCEPT) != bool(new.concept_code):
        raise errors.CardSeriesInvalid(field="concept_code")
    if new.expiry_enabled and not new.expiry_days:
        raise errors.CardSeriesInvalid(field="expiry_days")
    if new.generation_enabled:
        check_pattern(new.pattern)
    return new


def _read(name: str, value: Any) -> Any:
    if name in _WORDS:
        return _word(name, value)
    if name in ("expiry_enabled", "generation_enabled", "takes_external", "is_active"):
        if isinstance(value, bool):
            return value
    elif name == "max_active_cards":
        # Callers say "no limit" in three ways.
        if value in (None, 0, -1):
            return None
        return _number(name, value, least=1, most=MOST_CARDS)
    elif name == "expiry_days":
        return _number(name, value, least=0, most=MOST_DAYS)
    elif name == "length":
        return _number(name, value, least=1, most=1_000)
    else:
        return _text(name, value)
    raise errors.CardSeriesInvalid(field=name)


def _word(name: str, value: Any) -> str:
    word = value.strip().upper() if isinstance(value, str) else ""
    if word not in _WORDS[name]:
        raise errors.CardSeriesInvalid(field=name)
    return word


def _number(name: str, value: Any, *, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise errors.CardSeriesInvalid(field=name)
    return value


def _text(name: str, value: Any) -> str:
    text = "" if value is None else value
    if not isinstance(text, str):
        raise errors.CardSeriesInvalid(field=name)
    text = text.strip()
    if len(text) > _LONGEST.get(name, 20) or not is_writable(text):
        raise errors.CardSeriesInvalid(field=name)
    return text
