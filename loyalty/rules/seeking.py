"""What the advanced search may ask of a customer, and how the asked-for values are read.

A condition becomes tests, of which one has to hold: the names of comparisons with their values, as
the database knows them (``gte``, ``lt``, ``in`` ...) and as ``holds`` carries them out.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from crm.kernel.text import fold
from customers.rules.fields import FieldRule, check_values
from customers.rules.identifiers import normalise_identifier
from customers.rules.query_grammar import (
    ENDS,
    EQUALS,
    EXACT,
    GREATER,
    IN,
    LESS,
    OPERATORS,
    RANGE,
    STARTS,
    Condition,
    Said,
    refusal,
)
from customers.rules.searching import LONGEST_WORD, prefix_of
from customers.rules.text import folded
from customers.rules.times import parse_moment
from loyalty.rules.amounts import read_amount

Test = Mapping[str, Any]


class Kind(Enum):
    """Where an attribute's values lie."""

    NAME = auto()  # a word of the search table
    KEY = auto()  # an identifier
    NUMBER = auto()  # a column of the customer: a whole number
    MOMENT = auto()  # a column of the customer
    STORE = auto()  # where the customer was registered
    BALANCE = auto()  # a column of the membership
    TIER = auto()  # the membership's tier
    BILL = auto()  # the amount of the last purchase
    FIELD = auto()  # a custom field


_COMPARED = (EXACT, EQUALS, IN, RANGE, LESS, GREATER)
_SPELLED = (EXACT, EQUALS, IN, STARTS, ENDS)
_ASKED: Mapping[Kind, Sequence[str]] = {
    Kind.NAME: OPERATORS,
    Kind.KEY: OPERATORS,
    Kind.NUMBER: _COMPARED,
    Kind.MOMENT: _COMPARED,
    Kind.STORE: _SPELLED,
    Kind.BALANCE: _COMPARED,
    Kind.TIER: _SPELLED,
    Kind.BILL: _COMPARED,
    Kind.FIELD: OPERATORS,
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that can be asked for; ``column`` is its name where its values lie."""

    kind: Kind
    column: str


_LAST_BILL = Attribute(Kind.BILL, "amount")
ATTRIBUTES: Mapping[str, Attribute] = {
    "user_id": Attribute(Kind.NUMBER, "id"),
    "org_id": Attribute(Kind.NUMBER, "org_id"),
    "firstname": Attribute(Kind.NAME, "firstName"),
    "lastname": Attribute(Kind.NAME, "lastName"),
    "mobile": Attribute(Kind.KEY, "mobile"),
    "email": Attribute(Kind.KEY, "email"),
    "external_id": Attribute(Kind.KEY, "externalId"),
    "registered_date": Attribute(Kind.MOMENT, "registered_at"),
    "registered_store": Attribute(Kind.STORE, "registered_by"),
    "loyalty_points": Attribute(Kind.BALANCE, "points"),
    "lifetime_points": Attribute(Kind.BALANCE, "lifetime"),
    "lifetime_purchases": Attribute(Kind.BALANCE, "purchases"),
    "slab": Attribute(Kind.TIER, "name"),
    "last_trans_value": _LAST_BILL,
    "transaction_value": _LAST_BILL,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What one condition asks: any of the tests has to hold.

    ``is_looked_at``: no index answers it, so candidates are read and ``holds`` is asked of each.
    """

    attribute: Attribute
    operator: str
    tests: Sequence[Test]
    is_looked_at: bool = False
    # How a custom field's stored value is compared.
    comparable: Callable[[Any], Any] = fold


@dataclass(frozen=True, slots=True)
class Standards:
    """How the organization spells: country and zone, and its custom fields by folded name."""

    default_country: str
    strict_mobile: bool
    zone: tzinfo
    fields: Mapping[str, FieldRule]


def read_condition(condition: Condition, standards: Standards) -> Wish:
    """Say what a condition asks for.

    Raises:
        QueryMalformed: there is no such attribute, it is not asked in this way, or a value is
            none of its kind.
    """
    name = condition.attribute.text
    attribute = ATTRIBUTES.get(name.lower())
    rule = None if attribute else standards.fields.get(folded(name))
    if attribute is None and rule is not None:
        attribute = Attribute(Kind.FIELD, rule.name)
    if attribute is None:
        raise refusal(
            condition.attribute.position, "neither an attribute that can be searched nor a field"
        )
    if condition.operator not in _ASKED[attribute.kind]:
        known = " ".join(_ASKED[attribute.kind])
        raise refusal(condition.attribute.position, f"it is asked by {known} only")
    if rule is not None:
        return _field_wish(attribute, rule, condition, standards)
    values, asked = condition.values, condition.operator
    match attribute.kind:
        case Kind.KEY:
            tests = _compared([_key(attribute, asked, v, standards) for v in values], asked)
        case Kind.NUMBER:
            tests = _compared([_whole(value) for value in values], asked)
        case Kind.MOMENT:
            tests = _in_time([_span(value, standards.zone) for value in values], asked)
        case Kind.BALANCE | Kind.BILL:
            tests = _compared([_amount(value) for value in values], asked)
        case Kind.STORE:
            tests = _compared([value.text for value in values], asked)
        case Kind.NAME | Kind.TIER:
            tests = _compared([_word(value) for value in values], asked)
    by_looking = asked == ENDS and attribute.kind in (Kind.NAME, Kind.KEY)
    return Wish(attribute, asked, tests, is_looked_at=by_looking)


def holds(wish: Wish, stored: Any) -> bool:
    """Whether a stored value is what was asked for."""
    value = wish.comparable(stored)
    try:
        return value is not None and any(
            all(_HOW[how](value, wanted) for how, wanted in test.items()) for test in wish.tests
        )
    except TypeError:
        # Kept while the field was still of another type.
        return False


_HOW: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "in": lambda value, wanted: value in wanted,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "startswith": lambda value, wanted: str(value).startswith(wanted),
    "endswith": lambda value, wanted: str(value).endswith(wanted),
}
_NAMES = {
    EXACT: "exact",
    EQUALS: "exact",
    LESS: "lt",
    GREATER: "gt",
    STARTS: "startswith",
    ENDS: "endswith",
}


def _compared(values: Sequence[Any], asked: str) -> list[Test]:
    if asked == RANGE:
        return [{"gte": values[0], "lte": values[1]}]
    if asked == IN:
        return [{"in": list(values)}]
    return [{_NAMES[asked]: values[0]}]


def _in_time(spans: Sequence[tuple[datetime, datetime]], asked: str) -> list[Test]:
    """A day, or a second, has a length: before it, within it, after it."""
    if asked == RANGE:
        return [{"gte": spans[0][0], "lt": spans[1][1]}]
    if asked == LESS:
        return [{"lt": spans[0][0]}]
    if asked == GREATER:
        return [{"gte": spans[0][1]}]
    return [{"gte": start, "lt": end} for start, end in spans]


def _word(value: Said) -> str:
    word = fold(value.text)[:LONGEST_WORD]
    if not word:
        raise refusal(value.position, "no text is left of the value")
    return word


def _key(attribute: Attribute, asked: str, value: Said, standards: Standards) -> str:
    """An identifier as it is stored; the beginning or end of one as it is searched."""
    if asked in (STARTS, ENDS):
        prefix = prefix_of(value.text)
        if not prefix:
            raise refusal(value.position, "no text is left of the value")
        return prefix
    return (
        normalise_identifier(
            attribute.column,
            value.text,
            default_country=standards.default_country,
            strict_mobile=standards.strict_mobile,
        )
        # Nobody has what is no identifier; in a range it has its place all the same.
        or value.text
    )


def _whole(value: Said) -> int:
    text = value.text
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise refusal(value.position, "not a whole number")
    return int(text)


def _amount(value: Said) -> Decimal:
    amount = read_amount(value.text)
    if amount is None:
        raise refusal(value.position, "not a number of at most 3 decimals, up to a billion")
    return amount


def _span(value: Said, zone: tzinfo) -> tuple[datetime, datetime]:
    """From when to when the moment lasts: a day, or a second where a clock is given."""
    start = parse_moment(value.text, zone)
    if start is None:
        raise refusal(value.position, "not a date, such as 2012-12-25 or 2012-12-25 11:25:32")
    try:
        if ":" in value.text or value.text.isdecimal():
            return start, start + timedelta(seconds=1)
        # The next day begins 23 to 25 hours later.
        following = start.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    except OverflowError:
        raise refusal(value.position, "beyond the last day there is") from None
    end = parse_moment(following, zone)
    return start, end if end is not None else start + timedelta(days=1)


def _field_wish(
    attribute: Attribute, rule: FieldRule, condition: Condition, standards: Standards
) -> Wish:
    values, asked = condition.values, condition.operator
    comparable: Callable[[Any], Any] = _spoken
    if asked in (STARTS, ENDS):
        tests = _compared([_word(value) for value in values], asked)
    elif rule.data_type in ("DATE", "DATETIME"):
        tests = _in_time([_span(value, standards.zone) for value in values], asked)

        def comparable(stored: Any) -> Any:
            return parse_moment(stored, standards.zone)
    elif rule.data_type in ("INTEGER", "DOUBLE", "BOOLEAN"):
        tests = _compared([_typed(rule, value, standards.zone) for value in values], asked)
        comparable = _unchanged
    else:
        tests = _compared([_word(value) for value in values], asked)
    return Wish(attribute, asked, tests, is_looked_at=True, comparable=comparable)


def _typed(rule: FieldRule, value: Said, zone: tzinfo) -> Any:
    """A value as the field would keep it."""
    kept, problems = check_values({rule.name: value.text}, {folded(rule.name): rule}, zone=zone)
    if problems:
        raise refusal(value.position, f"the field {rule.name} has no such values")
    return kept[rule.name]


def _spoken(stored: Any) -> str:
    return fold(str(stored).lower() if isinstance(stored, bool) else str(stored))


def _unchanged(stored: Any) -> Any:
    return stored
