"""The words by which customers are searched."""

import re
from collections.abc import Iterator

from crm.kernel.text import fold
from customers.rules.identity_state import Key
from customers.rules.mobiles import national_number

# Folding can make a word many times longer: one letter can stand for a whole phrase.
MAX_WORD_LENGTH = 255
# Numbers are stored without a plus, but users type one.
_INTERNATIONAL_NUMBER = re.compile(r"\+[0-9 ().-]*")

# A folded word and its kind.
Word = tuple[str, str]


def list_name_words(first_name: str, last_name: str) -> Iterator[Word]:
    """Yield the search words of a name."""
    first, last = fold(first_name), fold(last_name)
    if first:
        yield first[:MAX_WORD_LENGTH], "firstName"
    if last:
        yield last[:MAX_WORD_LENGTH], "lastName"
    if first and last:
        yield f"{first} {last}"[:MAX_WORD_LENGTH], "fullName"


def build_search_prefix(text: str) -> str:
    """Return the prefix to search words by; empty for empty text."""
    prefix = fold(text)
    if _INTERNATIONAL_NUMBER.fullmatch(prefix):
        prefix = re.sub("[^0-9]", "", prefix) or prefix
    return prefix[:MAX_WORD_LENGTH]


def list_identifier_words(key: Key) -> Iterator[Word]:
    """Yield the search words of an identifier; a mobile also without its country code."""
    kind, value = key
    if word := fold(value)[:MAX_WORD_LENGTH]:
        yield word, kind
    if kind == "mobile" and (national := national_number(value)):
        yield national, kind
