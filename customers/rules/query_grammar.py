"""The grammar of the advanced search: ``(attribute:OPERATOR:values) & (...)``.

What attributes there are, and what may be asked of each, is not said here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from customers.rules.text import is_writable
from customers.search_errors import QueryMalformed

STARTS = "STARTS"
ENDS = "ENDS"
EXACT = "EXACT"
RANGE = "RANGE"
LESS = "LESS"
GREATER = "GREATER"
EQUALS = "EQUALS"
IN = "IN"
OPERATORS = (STARTS, ENDS, EXACT, RANGE, LESS, GREATER, EQUALS, IN)
# These take values separated by semicolons; to the others a semicolon is a part of the value.
LISTS = (RANGE, IN)

LONGEST_QUERY = 4_000
LONGEST_VALUE = 255
MOST_CONDITIONS = 20
MOST_VALUES = 100
DEEPEST = 5

# A character, whether a backslash made it an ordinary one, and where it stands.
_Piece = tuple[str, bool, int]


class Said(NamedTuple):
    """A word of the query, and at which character it begins, counted from 1."""

    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it was written; RANGE has two values, IN up to a hundred, the others one."""

    attribute: Said
    operator: str
    values: tuple[Said, ...]


def parse_query(query: str) -> list[Condition]:
    """Read conditions that all have to hold, in the order in which they are written.

    Round brackets may stand around each, or around several; ``&`` joins them. Two parts,
    ``attribute:value``, mean EXACT. Operators may be written in any case. A value that holds
    ``&``, a bracket without its partner, or, in a list, ``;`` has a backslash before it.

    Raises:
        QueryMalformed: it cannot be read; ``position`` and ``reason`` say where and why.
    """
    if len(query) > LONGEST_QUERY:
        raise refusal(LONGEST_QUERY + 1, f"a query has at most {LONGEST_QUERY} characters")
    for position, character in enumerate(query, 1):
        if not is_writable(character):
            raise refusal(position, "a character that no text holds")
    conditions = []
    for condition in _Reader(query).read():
        conditions.append(condition)
        if len(conditions) > MOST_CONDITIONS:
            raise refusal(
                condition.attribute.position, f"a query has at most {MOST_CONDITIONS} conditions"
            )
    return conditions


def refusal(position: int, reason: str) -> QueryMalformed:
    """Say where a query cannot be understood, and why."""
    return QueryMalformed(position=position, reason=reason)


class _Reader:
    """Walks along the query once, from left to right."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._at = 0

    def read(self) -> Iterator[Condition]:
        yield from self._joined(depth=0)
        if self._at < len(self._query):
            raise refusal(self._at + 1, "a closing bracket has no opening one")

    def _joined(self, depth: int) -> Iterator[Condition]:
        yield from self._term(depth)
        while self._next() == "&":
            self._at += 1
            yield from self._term(depth)

    def _term(self, depth: int) -> Iterator[Condition]:
        if self._next() != "(":
            yield self._condition()
            return
        opened = self._at
        if depth == DEEPEST:
            raise refusal(opened + 1, f"brackets stand in each other at most {DEEPEST} deep")
        self._at += 1
        yield from self._joined(depth + 1)
        if self._next() != ")":
            raise refusal(opened + 1, "the bracket is never closed")
        self._at += 1
        if self._next() not in ("", "&", ")"):
            raise refusal(self._at + 1, "conditions are joined by &")

    def _next(self) -> str:
        while self._at < len(self._query) and self._query[self._at].isspace():
            self._at += 1
        return self._query[self._at : self._at + 1]

    def _condition(self) -> Condition:
        start = self._at
        pieces = list(self._pieces())
        colons = [at for at, piece in enumerate(pieces) if piece[:2] == (":", False)]
        if not colons:
            if not "".join(piece[0] for piece in pieces).strip():
                raise refusal(start + 1, "a condition is missing: attribute:OPERATOR:value")
            raise refusal(self._at + 1, "a colon is missing after the attribute")
        first = colons[0]
        attribute = _said(pieces[:first], pieces[first][2])
        if not attribute.text:
            raise refusal(attribute.position, "the attribute is missing")
        if len(colons) == 1:
            return self._finished(attribute, EXACT, pieces[first + 1 :])
        second = colons[1]
        operator = _said(pieces[first + 1 : second], pieces[second][2])
        if operator.text.upper() not in OPERATORS:
            known = " ".join(OPERATORS)
            raise refusal(operator.position, f"no operator; there are {known}")
        return self._finished(attribute, operator.text.upper(), pieces[second + 1 :])

    def _finished(self, attribute: Said, operator: str, pieces: list[_Piece]) -> Condition:
        end = self._at + 1
        parts: list[list[_Piece]] = [[]]
        ends = []
        for piece in pieces:
            if operator in LISTS and piece[:2] == (";", False):
                parts.append([])
                ends.append(piece[2])
            else:
                parts[-1].append(piece)
        values = tuple(_said(part, at) for part, at in zip(parts, [*ends, end], strict=True))
        for value in values:
            if not value.text:
                raise refusal(value.position, "a value is missing")
            if len(value.text) > LONGEST_VALUE:
                raise refusal(value.position, f"a value has at most {LONGEST_VALUE} characters")
        if operator == RANGE and len(values) != 2:
            raise refusal(values[0].position, "RANGE takes two values: from;to")
        if len(values) > MOST_VALUES:
            raise refusal(values[MOST_VALUES].position, f"IN takes at most {MOST_VALUES} values")
        return Condition(attribute, operator, values)

    def _pieces(self) -> Iterator[_Piece]:
        """The characters up to the end of the condition; brackets with a partner belong to it."""
        inside = 0
        while self._at < len(self._query):
            character = self._query[self._at]
            position = self._at + 1
            if character == "\\" and self._at + 1 < len(self._query):
                self._at += 2
                yield self._query[self._at - 1], True, position
                continue
            if character == "&" or (character == ")" and not inside):
                return
            inside += {"(": 1, ")": -1}.get(character, 0)
            self._at += 1
            yield character, False, position


def _said(pieces: list[_Piece], end: int) -> Said:
    """The text without blanks around it; where there is none, it is missed at ``end``."""
    text = "".join(piece[0] for piece in pieces)
    lead = len(text) - len(text.lstrip())
    return Said(text.strip(), pieces[lead][2] if text.strip() else end)
