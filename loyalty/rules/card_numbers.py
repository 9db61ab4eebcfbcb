"""Card numbers: their pattern, and drawing numbers that cannot be guessed."""

import re
import secrets
from dataclasses import dataclass

from loyalty import errors

MAX_LENGTH = 40
# At most one in this many possible numbers of a pattern is used. So a guess seldom hits a
# card, and a drawn number is seldom taken.
SPACE_FACTOR = 10

_AFFIX = re.compile(r"[A-Za-z0-9-]{0,20}", re.ASCII)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_UNDOUBLED = (0, 5, 1, 6, 2, 7, 3, 8, 4, 9)


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A prefix, random digits, an optional Luhn check digit, and a suffix.

    ``length`` is the length of the whole number.
    """

    prefix: str
    suffix: str
    length: int
    luhn: bool

    @property
    def random_digits(self) -> int:
        return self.length - len(self.prefix) - len(self.suffix) - self.luhn

    @property
    def space(self) -> int:
        """How many different numbers the pattern allows."""
        return 10 ** max(self.random_digits, 0)


def check_pattern(pattern: NumberPattern) -> None:
    """Refuse a pattern that allows no number.

    Raises:
        CardSeriesInvalid: the fact ``field`` names the invalid setting.
    """
    for field, affix in (("prefix", pattern.prefix), ("suffix", pattern.suffix)):
        # Luhn is defined for digits only: card readers treat letters differently.
        if not _AFFIX.fullmatch(affix) or (pattern.luhn and affix and not affix.isdigit()):
            raise errors.CardSeriesInvalid(field=field)
    if not pattern.length <= MAX_LENGTH or pattern.random_digits < 1:
        raise errors.CardSeriesInvalid(field="length")


def check_space(pattern: NumberPattern, *, existing_count: int, new_count: int) -> None:
    """Refuse a count of new numbers that would make numbers easy to guess.

    Raises:
        CardSpaceTooSmall: the fact ``left`` is how many more are allowed.
    """
    max_count = pattern.space // SPACE_FACTOR
    if existing_count + new_count > max_count:
        raise errors.CardSpaceTooSmall(left=max(max_count - existing_count, 0))


def draw_numbers(pattern: NumberPattern, count: int) -> set[str]:
    """Draw ``count`` different numbers from a secure random source."""
    drawn: set[str] = set()
    space, digits = pattern.space, pattern.random_digits
    while len(drawn) < count:
        drawn.add(_build_number(pattern, f"{secrets.randbelow(space):0{digits}}"))
    return drawn


def is_luhn_valid(number: str) -> bool:
    """Whether the number has a valid Luhn check digit (ISO/IEC 7812)."""
    return number.isascii() and number.isdigit() and _luhn_sum(number) % 10 == 0


def _build_number(pattern: NumberPattern, body: str) -> str:
    if not pattern.luhn:
        return f"{pattern.prefix}{body}{pattern.suffix}"
    remainder = -_luhn_sum(f"{pattern.prefix}{body}0{pattern.suffix}") % 10
    # The position of the check digit decides whether the Luhn sum doubles it.
    check_digit = _UNDOUBLED[remainder] if len(pattern.suffix) % 2 else remainder
    return f"{pattern.prefix}{body}{check_digit}{pattern.suffix}"


def _luhn_sum(number: str) -> int:
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])
