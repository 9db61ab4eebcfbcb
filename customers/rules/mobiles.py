"""Mobile numbers: one spelling for each, which is read back as the same number.

A number is stored and shown as its digits with country code. Few foreign numbers look like a number
of the organization's country that way; they are stored and shown with ``00`` in front.
"""

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
    PhoneNumberType,
    is_possible_number,
    is_valid_number,
    national_significant_number,
    number_type,
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

# Stands before the country code of a number that its digits alone do not mean.
INTERNATIONAL_PREFIX = "00"
# What most countries dial before a number within the country.
_TRUNK_PREFIX = "0"
_MOBILE_TYPES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def normalise_mobile(raw: str, *, default_country: str, strict: bool) -> str | None:
    """Return the one spelling of a typed number, or None if it is not a number.

    A number that starts with ``+`` or ``00`` is international. Any other is read as the first of
    these that fits: a valid number of ``default_country``, a possible number with its country
    code, a possible number of ``default_country``. A number that is valid both with its country
    code and in ``default_country`` is decided by ``_is_international``. With ``strict`` the number
    must be in an assigned range; otherwise a possible length is enough.

    The spelling is the digits with country code, after ``00`` if the digits alone mean another
    number. So the spelling of a spelling is the same.
    """
    digits = raw if raw.isascii() and raw.isdigit() else _extract_digits(raw)
    if digits is None or len(digits) > _MAX_INPUT_LENGTH:
        return None
    reader = _load_reader(default_country, strict)
    with_code = digits.removeprefix("+").removeprefix(INTERNATIONAL_PREFIX)
    is_international = len(with_code) < len(digits)
    number = reader.read_international(with_code) if is_international else reader.read_plain(digits)
    return reader.spell(number)


def spell_stored_mobile(digits: str, default_country: str) -> str:
    """Return the spelling of a number that was stored as its digits with country code."""
    spelling = INTERNATIONAL_PREFIX + digits
    is_misread = spelling == normalise_mobile(
        spelling, default_country=default_country, strict=False
    )
    return spelling if is_misread else digits


def drop_international_prefix(mobile: str) -> str:
    """Return the digits of a stored mobile, beginning with its country code."""
    return mobile.removeprefix(INTERNATIONAL_PREFIX)


def national_number(mobile: str) -> str | None:
    """Return a stored mobile without its country code, or None if it has no known code."""
    digits = drop_international_prefix(mobile)
    # No country code is a prefix of another one, so the first match is the only one.
    for length in (1, 2, 3):
        code = digits[:length]
        if code.isascii() and code.isdigit() and int(code) in COUNTRY_CODE_TO_REGION_CODE:
            return digits[length:] or None
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


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads digits as numbers, which it returns as digits with country code."""

    country: str
    plan: "_NumberingPlan | None"
    strict: bool

    def read_international(self, digits: str) -> str | None:
        """Read digits that begin with a country code."""
        if self.plan is not None and self.plan.matches_with_code(digits):
            return digits
        return _join(_parse(f"+{digits}", None, self._fits))

    def read_plain(self, digits: str) -> str | None:
        """Read digits that begin with a country code, or not."""
        if self.plan is not None and (mobile := self.plan.read_plain(digits)):
            return mobile
        national = _parse(digits, self.country, is_valid_number)
        international = _parse(f"+{digits}", None, self._fits)
        if national is None:
            return _join(international or _parse(digits, self.country, self._fits))
        if international is not None and self._is_international(digits, national, international):
            return _join(international)
        return _join(national)

    def spell(self, number: str | None) -> str | None:
        """Return the digits that are read as this number again."""
        while number is not None and self.read_plain(number) != number:
            reading = self.read_international(number)
            if reading == number:
                return INTERNATIONAL_PREFIX + number
            if reading is not None and len(reading) >= len(number):
                return None
            # Of a number that is only possible, the library may cut more with every reading.
            number = reading
        return number

    @property
    def _fits(self) -> Callable[[PhoneNumber], bool]:
        return is_valid_number if self.strict else is_possible_number

    def _is_international(
        self, digits: str, national: PhoneNumber, international: PhoneNumber
    ) -> bool:
        """Decide about digits that are a valid number of the country as well.

        They are national if a trunk prefix was dialled; mobile rather than anything else; and of
        two mobiles, the one with the own country code or else the national one, as mobiles are
        often written without the trunk prefix. Fixed lines are not: where they need one, the
        digits begin with a country code.
        """
        if not is_valid_number(international):
            return False
        is_own = international.country_code == national.country_code
        is_mobile = number_type(international) in _MOBILE_TYPES
        if number_type(national) in _MOBILE_TYPES:
            return is_own and is_mobile
        if is_own:
            return True
        if national_significant_number(national) != digits:
            return False
        metadata = PhoneMetadata.metadata_for_region(self.country, None)
        needs_trunk = metadata is not None and metadata.national_prefix == _TRUNK_PREFIX
        return is_mobile or needs_trunk


def _parse(
    number: str, region: str | None, accepts: Callable[[PhoneNumber], bool]
) -> PhoneNumber | None:
    try:
        parsed = parse(number, region)
    except NumberParseException:
        return None
    return parsed if accepts(parsed) else None


def _join(parsed: PhoneNumber | None) -> str | None:
    if parsed is None:
        return None
    return f"{parsed.country_code}{national_significant_number(parsed)}"


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
    no_exit_code: re.Pattern[str]

    def matches_with_code(self, digits: str) -> bool:
        """Whether the digits are a mobile of the country with its code."""
        return (
            len(digits) - len(self.code) in self.lengths
            and self.with_code.match(digits) is not None
        )

    def read_plain(self, digits: str) -> str | None:
        """Return the mobile of the country with its code; None for the library to decide."""
        if self.matches_with_code(digits) and self.no_exit_code.match(digits):
            return digits
        if len(digits) in self.lengths and self.without_code.match(digits):
            return self.code + digits
        return None


@lru_cache(maxsize=600)
def _load_reader(country: str, strict: bool) -> _Reader:
    return _Reader(country, _load_plan(country), strict)


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
    no_exit_code = rf"(?!{metadata.international_prefix})" if metadata.international_prefix else ""
    return _NumberingPlan(
        code=code,
        lengths=frozenset(lengths),
        without_code=re.compile(no_exit_code + plain),
        with_code=re.compile(code + plain),
        no_exit_code=re.compile(no_exit_code),
    )
