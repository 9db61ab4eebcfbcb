"""The grammar of the advanced search: ``(attribute:OPERATOR:values) & (...)``.

The attributes and their operators are defined elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from customers.errors import QueryMalformed
from customers.rules.text import is_writable

STARTS = "STARTS"
ENDS = "ENDS"
EXACT = "EXACT"
RANGE = "RANGE"
LESS = "LESS"
GREATER = "GREATER"
EQUALS = "EQUALS"
IN = "IN"
OPERATORS = (STARTS, ENDS, EXACT, RANGE, LESS, GREATER, EQUALS, IN)
# These take values separated by semicolons. For the others a semicolon is part of the value.
LIST_OPERATORS = (RANGE, IN)

MAX_QUERY_LENGTH = 4_000
MAX_VALUE_LENGTH = 255
MAX_CONDITIONS = 20
MAX_VALUES = 100
MAX_DEPTH = 5

# A character, whether it was escaped by a backslash, and its position.
_Character = tuple[str, bool, int]


class Token(NamedTuple):
    """A word of the query, and the position of its first character, counted from 1.

    ``written`` is the text before it was trimmed: a blank before a number may be a plus.
    """

    text: str
    position: int
    written: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. RANGE has two values, IN up to a hundred, the others one."""

    attribute: Token
    operator: str
    values: tuple[Token, ...]


def parse_query(query: str) -> list[Condition]:
    """Return the conditions of a query in their order; all of them must hold.

    ``&`` joins conditions, and round brackets may enclose one or several. ``attribute:value`` means
    EXACT. Operators may be in any case. In a value, a backslash escapes ``&``, an unmatched bracket
    and, in a list, ``;``.

    Raises:
        QueryMalformed: the query cannot be parsed (facts: ``position``, ``reason``).
    """
    if len(query) > MAX_QUERY_LENGTH:
        raise build_query_error(
            MAX_QUERY_LENGTH + 1, f"a query has at most {MAX_QUERY_LENGTH} characters"
        )
    for position, character in enumerate(query, 1):
        if not is_writable(character):
            raise build_query_error(position, "a character that no text holds")
    conditions = []
    for condition in _Parser(query).parse():
        conditions.append(condition)
        if len(conditions) > MAX_CONDITIONS:
            raise build_query_error(
                condition.attribute.position, f"a query has at most {MAX_CONDITIONS} conditions"
            )
    return conditions


def build_query_error(position: int, reason: str) -> QueryMalformed:
    """Return the error for a query that cannot be parsed at this position."""
    return QueryMalformed(position=position, reason=reason)


class _Parser:
    """Parses the query in one pass from left to right."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._index = 0

    def parse(self) -> Iterator[Condition]:
        yield from self._parse_conditions(depth=0)
        if self._index < len(self._query):
            raise build_query_error(self._index + 1, "a closing bracket has no opening one")

    def _parse_conditions(self, depth: int) -> Iterator[Condition]:
        yield from self._parse_term(depth)
        while self._peek() == "&":
            self._index += 1
            yield from self._parse_term(depth)

    def _parse_term(self, depth: int) -> Iterator[Condition]:
        if self._peek() != "(":
            yield self._parse_condition()
            return
        opening = self._index
        if depth == MAX_DEPTH:
            raise build_query_error(
                opening + 1, f"brackets stand in each other at most {MAX_DEPTH} deep"
            )
        self._index += 1
        yield from self._parse_conditions(depth + 1)
        if self._peek() != ")":
            raise build_query_error(opening + 1, "the bracket is never closed")
        self._index += 1
        if self._peek() not in ("", "&", ")"):
            raise build_query_error(self._index + 1, "conditions are joined by &")

    def _peek(self) -> str:
        while self._index < len(self._query) and self._query[self._index].isspace():
            self._index += 1
        return self._query[self._index : self._index + 1]

    def _parse_condition(self) -> Condition:
        start = self._index
        characters = list(self._iterate_characters())
        colons = [
            index for index, character in enumerate(characters) if character[:2] == (":", False)
        ]
        if not colons:
            if not "".join(character[0] for character in characters).strip():
                raise build_query_error(
                    start + 1, "a condition is missing: attribute:OPERATOR:value"
                )
            raise build_query_error(self._index + 1, "a colon is missing after the attribute")
        first = colons[0]
        attribute = _build_token(characters[:first], characters[first][2])
        if not attribute.text:
            raise build_query_error(attribute.position, "the attribute is missing")
        if len(colons) == 1:
            return self._build_condition(attribute, EXACT, characters[first + 1 :])
        second = colons[1]
        operator = _build_token(characters[first + 1 : second], characters[second][2])
        if operator.text.upper() not in OPERATORS:
            known_operators = " ".join(OPERATORS)
            raise build_query_error(operator.position, f"no operator; there are {known_operators}")
        return self._build_condition(attribute, operator.text.upper(), characters[second + 1 :])

    def _build_condition(
        self, attribute: Token, operator: str, characters: list[_Character]
    ) -> Condition:
        end = self._index + 1
        parts: list[list[_Character]] = [[]]
        ends = []
        for character in characters:
            if operator in LIST_OPERATORS and character[:2] == (";", False):
                parts.append([])
                ends.append(character[2])
            else:
                parts[-1].append(character)
        values = tuple(
            _build_token(part, position) for part, position in zip(parts, [*ends, end], strict=True)
        )
        for value in values:
            if not value.text:
                raise build_query_error(value.position, "a value is missing")
            if len(value.text) > MAX_VALUE_LENGTH:
                raise build_query_error(
                    value.position, f"a value has at most {MAX_VALUE_LENGTH} characters"
                )
        if operator == RANGE and len(values) != 2:
            raise build_query_error(values[0].position, "RANGE takes two values: from;to")
        if len(values) > MAX_VALUES:
            raise build_query_error(
                values[MAX_VALUES].position, f"IN takes at most {MAX_VALUES} values"
            )
        return Condition(attribute, operator, values)

    def _iterate_characters(self) -> Iterator[_Character]:
        """Yield the characters of the condition; matched brackets are part of it."""
        open_brackets = 0
        while self._index < len(self._query):
            character = self._query[self._index]
            position = self._index + 1
            if character == "\\" and self._index + 1 < len(self._query):
                self._index += 2
                yield self._query[self._index - 1], True, position
                continue
            if character == "&" or (character == ")" and not open_brackets):
                return
            open_brackets += {"(": 1, ")": -1}.get(character, 0)
            self._index += 1
            yield character, False, position


def _build_token(characters: list[_Character], end: int) -> Token:
    """Return the trimmed text with its position; empty text has the position ``end``."""
    text = "".join(character[0] for character in characters)
    lead = len(text) - len(text.lstrip())
    return Token(text.strip(), characters[lead][2] if text.strip() else end, text)
