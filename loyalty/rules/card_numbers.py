"""Card numbers: what they look like, and making ones that nobody can guess."""

import re
import secrets
from dataclasses import dataclass

from loyalty import errors

LONGEST = 40
# Of all numbers that a pattern can make, so many times more must stay free than are made:
# then a guess seldom finds a card, and drawing seldom meets one.
SPARE = 10

_AFFIX = re.compile(r"[A-Za-z0-9-]{0,20}", re.ASCII)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_UNDOUBLED = (0, 5, 1, 6, 2, 7, 3, 8, 4, 9)


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A prefix, random digits, a check digit by Luhn when asked, and a suffix.

    ``length`` is that of the whole number.
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
        """How many different numbers there are."""
        return 10 ** max(self.random_digits, 0)


def check_pattern(pattern: NumberPattern) -> None:
    """Refuse a pattern by which no number can be made.

    Raises:
        CardSeriesInvalid: fact ``field`` names what is wrong.
    """
    for field, affix in (("prefix", pattern.prefix), ("suffix", pattern.suffix)):
        # A check digit over letters would mean something else to every reader.
        if not _AFFIX.fullmatch(affix) or (pattern.luhn and affix and not affix.isdigit()):
            raise errors.CardSeriesInvalid(field=field)
    if not pattern.length <= LONGEST or pattern.random_digits < 1:
        raise errors.CardSeriesInvalid(field="length")


def check_space(pattern: NumberPattern, *, made: int, wanted: int) -> None:
    """Refuse when so many more numbers would be easy to guess, or could not be found at all.

    Raises:
        CardSpaceTooSmall: fact ``left`` says how many more there may be.
    """
    most = pattern.space // SPARE
    if made + wanted > most:
        raise errors.CardSpaceTooSmall(left=max(most - made, 0))


def draw_numbers(pattern: NumberPattern, count: int) -> set[str]:
    """Draw so many different numbers from a source that cannot be predicted."""
    drawn: set[str] = set()
    space, digits = pattern.space, pattern.random_digits
    while len(drawn) < count:
        drawn.add(_whole(pattern, f"{secrets.randbelow(space):0{digits}}"))
    return drawn


def is_luhn_valid(number: str) -> bool:
    """Whether the digits add up as ISO/IEC 7812 asks."""
    return number.isascii() and number.isdigit() and _luhn_sum(number) % 10 == 0


def _whole(pattern: NumberPattern, body: str) -> str:
    if not pattern.luhn:
        return f"{pattern.prefix}{body}{pattern.suffix}"
    missing = -_luhn_sum(f"{pattern.prefix}{body}0{pattern.suffix}") % 10
    # The whole number must add up, so where the check digit stands decides what it counts.
    check = _UNDOUBLED[missing] if len(pattern.suffix) % 2 else missing
    return f"{pattern.prefix}{body}{check}{pattern.suffix}"


def _luhn_sum(number: str) -> int:
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])
