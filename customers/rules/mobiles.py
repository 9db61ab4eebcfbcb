"""Mobile numbers, normalised to digits with country code."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    is_possible_number,
    is_valid_number,
    national_significant_number,
    parse,
)

# The longest number has 15 digits; this leaves room for "(+44) 20 - 7946 / 0958".
_MAX_INPUT_LENGTH = 64
_DIGITS = re.compile(r"\+?[0-9]+")
# A spreadsheet may write the number as a decimal. Reading ".0" as one more digit would give
# another customer's number.
_SPREADSHEET_TAIL = re.compile(r"(?<=[0-9]{5})\.0+$")
_SEPARATORS = frozenset("().-/\t\uff08\uff09")
# Spaces, dashes, and the invisible marks that phones copy along with a number.
_SEPARATOR_CATEGORIES = frozenset({"Zs", "Pd", "Cf"})


def normalise_mobile(raw: str, *, default_country: str, strict: bool) -> str | None:
    """Return the digits of a typed number with country code, or None if it is not a number.

    A number that starts with ``+`` or ``00`` is international. Any other is read as the first of
    these that fits: a valid number of ``default_country``, a possible number with its country
    code, a possible number of ``default_country``. With ``strict`` the number must be in an
    assigned range; otherwise a possible length is enough.
    """
    digits = raw if raw.isascii() and raw.isdigit() else _extract_digits(raw)
    if digits is None or len(digits) > _MAX_INPUT_LENGTH:
        return None
    international = digits.startswith(("+", "00"))
    if international:
        digits = digits[1:] if digits.startswith("+") else digits[2:]
    plan = _load_plan(default_country)
    if plan is not None and (mobile := plan.normalise(digits, international=international)):
        return mobile
    return _parse_with_library(
        digits, international=international, country=default_country, strict=strict
    )


def national_number(mobile: str) -> str | None:
    """Return a stored mobile without its country code, or None if it has no known code."""
    # No country code is a prefix of another one, so the first match is the only one.
    for length in (1, 2, 3):
        code = mobile[:length]
        if code.isascii() and code.isdigit() and int(code) in COUNTRY_CODE_TO_REGION_CODE:
            return mobile[length:] or None
    return None


def _extract_digits(raw: str) -> str | None:
    """Return the digits without separators, or None if anything else is left."""
    if len(raw) > _MAX_INPUT_LENGTH:
        return None
    characters = []
    for character in _SPREADSHEET_TAIL.sub("", raw.strip()):
        if character in _SEPARATORS or unicodedata.category(character) in _SEPARATOR_CATEGORIES:
            continue
        # Digits of other scripts count as digits, and the full-width plus as a plus.
        characters.append(
            "+" if character == "\uff0b" else str(unicodedata.decimal(character, character))
        )
    digits = "".join(characters)
    return digits if _DIGITS.fullmatch(digits) else None


def _parse_with_library(
    digits: str, *, international: bool, country: str, strict: bool
) -> str | None:
    """Parse with the library, in the order that ``normalise_mobile`` describes."""
    fits = is_valid_number if strict else is_possible_number
    attempts: list[tuple[str, str | None, Callable[[PhoneNumber], bool]]]
    if international:
        attempts = [(f"+{digits}", None, fits)]
    else:
        attempts = [
            (digits, country, is_valid_number),
            (f"+{digits}", None, fits),
            (digits, country, fits),
        ]
    for number, region, accepts in attempts:
        try:
            parsed = parse(number, region)
        except NumberParseException:
            continue
        if accepts(parsed):
            return f"{parsed.country_code}{national_significant_number(parsed)}"
    return None


@dataclass(frozen=True, slots=True)
class _NumberingPlan:
    """The patterns of one country's mobile numbers.

    An import reads a million numbers, nearly all of them mobiles of one country, and the library
    takes several times as long. Numbers that these patterns cannot decide go to the library.
    """

    code: str
    lengths: frozenset[int]
    without_code: re.Pattern[str]
    with_code: re.Pattern[str]
    after_plus: re.Pattern[str]

    def normalise(self, digits: str, *, international: bool) -> str | None:
        length = len(digits)
        if international:
            matches = length - len(self.code) in self.lengths and self.after_plus.match(digits)
            return digits if matches else None
        if length in self.lengths and self.without_code.match(digits):
            return self.code + digits
        if length - len(self.code) in self.lengths and self.with_code.match(digits):
            return digits
        return None


@lru_cache(maxsize=300)
def _load_plan(country: str) -> _NumberingPlan | None:
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if metadata is None or metadata.general_desc is None or metadata.mobile is None:
        return None
    regions = COUNTRY_CODE_TO_REGION_CODE.get(metadata.country_code or 0, ("",))
    if regions[0] != country or metadata.leading_digits is not None:
        # The library distinguishes countries that share a code.
        return None
    general, mobile = metadata.general_desc, metadata.mobile
    if not general.national_number_pattern or not mobile.national_number_pattern:
        return None
    lengths = set(general.possible_length)
    if mobile.possible_length:
        lengths &= set(mobile.possible_length)

    code = str(metadata.country_code)
    complete = rf"(?:{general.national_number_pattern})\Z"
    # Leading zeros and numbers that could begin with a trunk or international prefix are left
    # to the library, which may cut or rewrite them.
    plain = rf"(?!0)(?={complete})(?:{mobile.national_number_pattern})\Z"
    if metadata.national_prefix_for_parsing:
        plain = rf"(?!{metadata.national_prefix_for_parsing})" + plain
    without_international_prefix = (
        rf"(?!{metadata.international_prefix})" if metadata.international_prefix else ""
    )
    return _NumberingPlan(
        code=code,
        lengths=frozenset(lengths),
        without_code=re.compile(without_international_prefix + plain),
        # With the code it must not also be a national number.
        with_code=re.compile(rf"{without_international_prefix}(?!{complete}){code}{plain}"),
        after_plus=re.compile(code + plain),
    )
