"""By which words a customer is searched."""

import re
from collections.abc import Iterator

from crm.kernel.text import fold
from customers.rules.identity_state import Key
from customers.rules.mobiles import national_number

# Folding may make a word many times longer: one letter can stand for a whole phrase.
LONGEST_WORD = 255
# Nobody stores a plus with a number, and everybody types one.
_INTERNATIONAL = re.compile(r"\+[0-9 ().-]*")

# A folded word, and what kind of word it is.
Word = tuple[str, str]


def words_of_names(first_name: str, last_name: str) -> Iterator[Word]:
    """The words by which a person of this name is searched."""
    first, last = fold(first_name), fold(last_name)
    if first:
        yield first[:LONGEST_WORD], "firstName"
    if last:
        yield last[:LONGEST_WORD], "lastName"
    if first and last:
        yield f"{first} {last}"[:LONGEST_WORD], "fullName"


def prefix_of(text: str) -> str:
    """What the words begin with that somebody who types this looks for; nothing for no text."""
    prefix = fold(text)
    if _INTERNATIONAL.fullmatch(prefix):
        prefix = re.sub("[^0-9]", "", prefix) or prefix
    return prefix[:LONGEST_WORD]


def words_of_key(key: Key) -> Iterator[Word]:
    """The words by which an identifier is searched; a mobile also without its country code."""
    kind, value = key
    if word := fold(value)[:LONGEST_WORD]:
        yield word, kind
    if kind == "mobile" and (national := national_number(value)):
        yield national, kind
