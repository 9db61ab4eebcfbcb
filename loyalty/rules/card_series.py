"""The settings of a card series, and which values they accept."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from customers.rules.text import is_writable
from loyalty import errors
from loyalty.rules.card_numbers import NumberPattern, check_pattern

TYPES = ("PHYSICAL", "DIGITAL")
METHODS = ("DEFAULT", "LUHN")
TRIGGERS = ("REGISTRATION", "SERIES_ID", "OU_ID")
CONCEPT_TRIGGER = "OU_ID"
MAX_EXPIRY_DAYS = 36_500
MAX_CARDS = 1_000_000

_MAX_LENGTHS = {"code": 60, "name": 150, "description": 255, "concept_code": 100}
_CHOICES = {"type": TYPES, "method": METHODS, "trigger": TRIGGERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSeriesSettings:
    """The settings of a card series that a caller can change.

    Without ``takes_external`` a series takes external numbers if it does not generate its own.
    ``max_active_cards`` None means no limit.
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


SETTING_NAMES = frozenset(field.name for field in fields(CardSeriesSettings))


def apply_series_changes(
    data: Mapping[str, Any], current: CardSeriesSettings
) -> CardSeriesSettings:
    """Return the settings with the changes in ``data``; other settings stay as they are.

    Raises:
        CardSeriesInvalid: a value has the wrong type, is too long or too large, or contradicts
            another one (fact: ``field``).
    """
    values = {
        name: _parse_setting(name, value) for name, value in data.items() if name in SETTING_NAMES
    }
    new = replace(current, **values)
    if new.takes_external is None or (
        "generation_enabled" in values and "takes_external" not in values
    ):
        new = replace(new, takes_external=not new.generation_enabled or bool(new.takes_external))
    for name in ("code", "name"):
        if not getattr(new, name):
            raise errors.CardSeriesInvalid(field=name)
    if new.trigger != CONCEPT_TRIGGER and "concept_code" not in values:
        new = replace(new, concept_code="")
    if (new.trigger == CONCEPT_TRIGGER) != bool(new.concept_code):
        raise errors.CardSeriesInvalid(field="concept_code")
    if new.expiry_enabled and not new.expiry_days:
        raise errors.CardSeriesInvalid(field="expiry_days")
    if new.generation_enabled:
        check_pattern(new.pattern)
    return new


def _parse_setting(name: str, value: Any) -> Any:
    if name in _CHOICES:
        return _parse_choice(name, value)
    if name in ("expiry_enabled", "generation_enabled", "takes_external", "is_active"):
        if isinstance(value, bool):
            return value
    elif name == "max_active_cards":
        # Callers use all three values for no limit.
        if value in (None, 0, -1):
            return None
        return _parse_number(name, value, minimum=1, maximum=MAX_CARDS)
    elif name == "expiry_days":
        return _parse_number(name, value, minimum=0, maximum=MAX_EXPIRY_DAYS)
    elif name == "length":
        return _parse_number(name, value, minimum=1, maximum=1_000)
    else:
        return _parse_text(name, value)
    raise errors.CardSeriesInvalid(field=name)


def _parse_choice(name: str, value: Any) -> str:
    choice = value.strip().upper() if isinstance(value, str) else ""
    if choice not in _CHOICES[name]:
        raise errors.CardSeriesInvalid(field=name)
    return choice


def _parse_number(name: str, value: Any, *, minimum: int, maximum: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
        raise errors.CardSeriesInvalid(field=name)
    return value


def _parse_text(name: str, value: Any) -> str:
    text = "" if value is None else value
    if not isinstance(text, str):
        raise errors.CardSeriesInvalid(field=name)
    text = text.strip()
    if len(text) > _MAX_LENGTHS.get(name, 20) or not is_writable(text):
        raise errors.CardSeriesInvalid(field=name)
    return text
