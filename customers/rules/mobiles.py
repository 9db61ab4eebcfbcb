"""Mobile numbers: one spelling for each, digits with country code."""

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

# The longest number is 15 digits; twice that and some leaves room for "(+44) 20 - 7946 / 0958".
_LONGEST_TYPED = 64
_DIGITS = re.compile(r"\+?[0-9]+")
# A spreadsheet that took the number for an amount; reading ".0" as one more digit would
# make it somebody else's number.
_SPREADSHEET_TAIL = re.compile(r"(?<=[0-9]{5})\.0+$")
_SEPARATORS = frozenset("().-/\t\uff08\uff09")
# Blanks, dashes, and the invisible marks that telephones copy along with a number.
_SEPARATOR_CATEGORIES = frozenset({"Zs", "Pd", "Cf"})


def normalise_mobile(raw: str, *, default_country: str, strict: bool) -> str | None:
    """Read a number as typed and return its digits with country code; None when it is none.

    A number with ``+`` or ``00`` is international. Any other is the first of these that fits:
    a valid number of ``default_country``, a possible number with its country code, a possible
    number of ``default_country``. ``strict`` asks for assigned ranges instead of
    possible lengths.
    """
    digits = raw if raw.isascii() and raw.isdigit() else _digits_of(raw)
    if digits is None or len(digits) > _LONGEST_TYPED:
        return None
    international = digits.startswith(("+", "00"))
    if international:
        digits = digits[1:] if digits.startswith("+") else digits[2:]
    plan = _plan_of(default_country)
    if plan is not None and (known := plan.settle(digits, international=international)):
        return known
    return _settle(digits, international=international, country=default_country, strict=strict)


def national_number(mobile: str) -> str | None:
    """Return a stored mobile without its country code; None when it starts with no country's."""
    # No country code is the beginning of another one, so the first that fits is the one.
    for length in (1, 2, 3):
        code = mobile[:length]
        if code.isascii() and code.isdigit() and int(code) in COUNTRY_CODE_TO_REGION_CODE:
            return mobile[length:] or None
    return None


def _digits_of(raw: str) -> str | None:
    """Drop what people write between digits; None when anything else is left."""
    if len(raw) > _LONGEST_TYPED:
        return None
    kept = []
    for character in _SPREADSHEET_TAIL.sub("", raw.strip()):
        if character in _SEPARATORS or unicodedata.category(character) in _SEPARATOR_CATEGORIES:
            continue
        # Digits of other scripts count as digits, and the wide plus of a Chinese keyboard as one.
        kept.append(
            "+" if character == "\uff0b" else str(unicodedata.decimal(character, character))
        )
    digits = "".join(kept)
    return digits if _DIGITS.fullmatch(digits) else None


def _settle(digits: str, *, international: bool, country: str, strict: bool) -> str | None:
    """Decide by the library, in the order that normalise_mobile names."""
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
class _Plan:
    """A country's own mobiles, recognised by its numbering plan alone.

    An import reads a million numbers, nearly all of them plain mobiles of one country; the
    library's parse costs several times this. Whatever is not certain here goes to the library.
    """

    code: str
    lengths: frozenset[int]
    without_code: re.Pattern[str]
    with_code: re.Pattern[str]
    after_plus: re.Pattern[str]

    def settle(self, digits: str, *, international: bool) -> str | None:
        length = len(digits)
        if international:
            plain = length - len(self.code) in self.lengths and self.after_plus.match(digits)
            return digits if plain else None
        if length in self.lengths and self.without_code.match(digits):
            return self.code + digits
        if length - len(self.code) in self.lengths and self.with_code.match(digits):
            return digits
        return None


@lru_cache(maxsize=300)
def _plan_of(country: str) -> _Plan | None:
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if metadata is None or metadata.general_desc is None or metadata.mobile is None:
        return None
    regions = COUNTRY_CODE_TO_REGION_CODE.get(metadata.country_code or 0, ("",))
    if regions[0] != country or metadata.leading_digits is not None:
        # Countries that share a code are told apart by the library, the main one is asked first.
        return None
    general, mobile = metadata.general_desc, metadata.mobile
    if not general.national_number_pattern or not mobile.national_number_pattern:
        return None
    lengths = set(general.possible_length)
    if mobile.possible_length:
        lengths &= set(mobile.possible_length)

    code = str(metadata.country_code)
    whole = rf"(?:{general.national_number_pattern})\Z"
    # Leading zeros and numbers that could begin with a trunk or international prefix are left
    # to the library, which may cut or rewrite them.
    plain = rf"(?!0)(?={whole})(?:{mobile.national_number_pattern})\Z"
    if metadata.national_prefix_for_parsing:
        plain = rf"(?!{metadata.national_prefix_for_parsing})" + plain
    home = rf"(?!{metadata.international_prefix})" if metadata.international_prefix else ""
    return _Plan(
        code=code,
        lengths=frozenset(lengths),
        without_code=re.compile(home + plain),
        # With the code in front it must not be a number of the country as it stands.
        with_code=re.compile(rf"{home}(?!{whole}){code}{plain}"),
        after_plus=re.compile(code + plain),
    )
