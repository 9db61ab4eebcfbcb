"""The words by which customers are searched."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from phonenumbers import PhoneMetadata

from crm.kernel.text import fold
from customers.rules.identifiers import Key
from customers.rules.mobiles import (
    INTERNATIONAL_PREFIX,
    drop_international_prefix,
    national_number,
    normalise_mobile,
)

# Folding can make a word many times longer: one letter can stand for a whole phrase.
MAX_WORD_LENGTH = 255
# The words of a name after its first one, by which it is found too; the longest names have no more.
MAX_NAME_PARTS = 5
FIRST_NAME_PART = "firstNamePart"
LAST_NAME_PART = "lastNamePart"
# Numbers are stored without a plus, but users type one.
_INTERNATIONAL_NUMBER = re.compile(r"\+[0-9 ()./-]*")
_TYPED_NUMBER = re.compile(r"\(?\+?(?:[0-9 ()./-]*[0-9]){4,}[ ()./-]*")
# The zero that is dialled only from within the country: +44 (0)7400 123456.
_TRUNK_IN_BRACKETS = re.compile(r"(?<=[0-9])\s*\(0\)")
_MAX_NUMBER_LENGTH = 40

# A folded word and its kind.
Word = tuple[str, str]


def list_name_words(first_name: str, last_name: str) -> Iterator[Word]:
    """Yield the search words of a name.

    A name of several words is found by each of them: Anna Maria by Maria.
    """
    first, last = fold(first_name), fold(last_name)
    if first:
        yield first[:MAX_WORD_LENGTH], "firstName"
    if last:
        yield last[:MAX_WORD_LENGTH], "lastName"
    if first and last:
        yield f"{first} {last}"[:MAX_WORD_LENGTH], "fullName"
    for name, kind in ((first, FIRST_NAME_PART), (last, LAST_NAME_PART)):
        for word in dict.fromkeys(name.split()[1 : MAX_NAME_PARTS + 1]):
            yield word[:MAX_WORD_LENGTH], kind


@dataclass(frozen=True, slots=True)
class SearchPrefixes:
    """What words begin with: any word with ``plain``, a mobile also with one of ``mobiles``."""

    plain: str
    mobiles: tuple[str, ...] = ()

    def match(self, word: str, kind: str) -> bool:
        return word.startswith(self.plain) or (kind == "mobile" and word.startswith(self.mobiles))


def build_search_prefixes(text: str, get_country: Callable[[], str]) -> SearchPrefixes:
    """Return the prefixes to search words by; the plain one is empty for empty text.

    A number is found however it is written: with separators, a plus or 00 before the country code,
    or the zero of a call from within. Only for these is the organization's country asked for.
    """
    plain = build_search_prefix(text)
    mobiles: list[str] = []
    for number in list_number_prefixes(text, get_country):
        # What begins with a prefix is found by it already, a mobile also without its code.
        readings = (number, national_number(number) or number)
        found = (plain, *mobiles)
        if not any(reading.startswith(prefix) for reading in readings for prefix in found):
            mobiles.append(number)
    return SearchPrefixes(plain, tuple(mobiles))


def build_search_prefix(text: str) -> str:
    """Return the prefix to search words by; empty for empty text."""
    prefix = fold(text)
    if _INTERNATIONAL_NUMBER.fullmatch(prefix):
        prefix = _drop_separators(prefix) or prefix
    return prefix[:MAX_WORD_LENGTH]


def list_number_prefixes(text: str, get_country: Callable[[], str]) -> list[str]:
    """Return the beginnings of stored mobiles that the text may mean; none if it is no number.

    The text has four digits at least, and may be the beginning of a number or all of it.
    """
    typed = "".join(str(unicodedata.decimal(character, character)) for character in fold(text))
    if len(typed) > _MAX_NUMBER_LENGTH or not _TYPED_NUMBER.fullmatch(typed):
        return []
    digits = _drop_separators(typed)
    is_international = typed.lstrip("(").startswith("+") or digits.startswith("00")
    if is_international:
        country, prefixes = "", [digits.removeprefix("00")]
    else:
        country = get_country()
        code, trunk = _get_dialling(country)
        prefixes = [digits]
        for prefix in dict.fromkeys((trunk, "0")):
            if prefix and (national := digits.removeprefix(prefix)) and national != digits:
                prefixes += [national, code + national]
    if whole := normalise_mobile(typed, default_country=country, strict=False):
        prefixes.append(drop_international_prefix(whole))
    return [prefix for prefix in dict.fromkeys(prefixes) if prefix]


def list_stored_number_prefixes(text: str, get_country: Callable[[], str]) -> list[str]:
    """Return the beginnings of mobiles, as they are stored, that the text may mean."""
    numbers = list_number_prefixes(text, get_country)
    return [*numbers, *(INTERNATIONAL_PREFIX + number for number in numbers)]


def _drop_separators(number: str) -> str:
    if number.lstrip("( ").startswith(("+", "00")):
        number = _TRUNK_IN_BRACKETS.sub("", number)
    return re.sub("[^0-9]", "", number)


def _get_dialling(country: str) -> tuple[str, str]:
    """Return a country's code, and what is dialled before a number within it."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if metadata is None:
        return "", ""
    return str(metadata.country_code), metadata.national_prefix or ""


def list_identifier_words(key: Key) -> Iterator[Word]:
    """Yield the search words of an identifier; a mobile from its country code, and without it."""
    kind, value = key
    if kind == "mobile":
        value = drop_international_prefix(value)
    if word := fold(value)[:MAX_WORD_LENGTH]:
        yield word, kind
    if kind == "mobile" and (national := national_number(value)):
        yield national, kind
