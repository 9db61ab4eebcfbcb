"""By which words a customer is searched."""

from collections.abc import Iterator

from crm.kernel.text import fold
from customers.rules.mobiles import national_number
from customers.rules.picture import Key

LONGEST_WORD = 255

# A folded word, and what kind of word it is.
Word = tuple[str, str]


def words_of_names(first_name: str, last_name: str) -> Iterator[Word]:
    """The words by which a person of this name is searched."""
    first, last = fold(first_name), fold(last_name)
    if first:
        yield first, "firstName"
    if last:
        yield last, "lastName"
    if first and last:
        yield f"{first} {last}", "fullName"


def words_of_key(key: Key) -> Iterator[Word]:
    """The words by which an identifier is searched; a mobile also without its country code."""
    kind, value = key
    if word := fold(value)[:LONGEST_WORD]:
        yield word, kind
    if kind == "mobile" and (national := national_number(value)):
        yield national, kind
