"""The attributes of the advanced search, and how its conditions and values are read.

A condition becomes a list of comparisons, of which one has to hold. A comparison maps lookup names
of the database (``gte``, ``lt``, ``in`` ...) to values; ``matches_criterion`` evaluates the same
lookups in Python.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from crm.kernel.ids import read_number
from crm.kernel.text import fold
from customers.rules.fields import FieldRule, check_values
from customers.rules.identifiers import normalise_identifier, restore_plus
from customers.rules.mobiles import INTERNATIONAL_PREFIX
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
    Token,
    build_query_error,
)
from customers.rules.search_text import (
    MAX_WORD_LENGTH,
    build_search_prefix,
    build_search_prefixes,
    list_number_prefixes,
)
from customers.rules.text import fold_name
from customers.rules.times import LAST_MOMENT, Span, parse_date, parse_moment, read_span
from loyalty.rules.amounts import read_amount

Comparison = Mapping[str, Any]


class AttributeKind(Enum):
    """Where the values of an attribute are stored."""

    NAME = auto()  # a word of the search table
    KEY = auto()  # an identifier
    NUMBER = auto()  # a column of the customer: a whole number
    MOMENT = auto()  # a column of the customer
    STORE = auto()  # where the customer was registered
    BALANCE = auto()  # a column of the enrollment
    TIER = auto()  # the enrollment's tier
    BILL = auto()  # the amount of the last transaction
    FIELD = auto()  # a custom field


_COMPARISON_OPERATORS = (EXACT, EQUALS, IN, RANGE, LESS, GREATER)
_TEXT_OPERATORS = (EXACT, EQUALS, IN, STARTS, ENDS)
_ALLOWED_OPERATORS: Mapping[AttributeKind, Sequence[str]] = {
    AttributeKind.NAME: OPERATORS,
    AttributeKind.KEY: OPERATORS,
    AttributeKind.NUMBER: _COMPARISON_OPERATORS,
    AttributeKind.MOMENT: _COMPARISON_OPERATORS,
    AttributeKind.STORE: _TEXT_OPERATORS,
    AttributeKind.BALANCE: _COMPARISON_OPERATORS,
    AttributeKind.TIER: _TEXT_OPERATORS,
    AttributeKind.BILL: _COMPARISON_OPERATORS,
    AttributeKind.FIELD: OPERATORS,
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A searchable attribute; ``column`` is its name where its values are stored."""

    kind: AttributeKind
    column: str


_NO_DATE = "not a date, such as 2012-12-25 or 2012-12-25 11:25:32"
_LAST_TRANSACTION = Attribute(AttributeKind.BILL, "amount")
ATTRIBUTES: Mapping[str, Attribute] = {
    "user_id": Attribute(AttributeKind.NUMBER, "id"),
    "org_id": Attribute(AttributeKind.NUMBER, "org_id"),
    "firstname": Attribute(AttributeKind.NAME, "firstName"),
    "lastname": Attribute(AttributeKind.NAME, "lastName"),
    "mobile": Attribute(AttributeKind.KEY, "mobile"),
    "email": Attribute(AttributeKind.KEY, "email"),
    "external_id": Attribute(AttributeKind.KEY, "externalId"),
    "registered_date": Attribute(AttributeKind.MOMENT, "registered_at"),
    "registered_store": Attribute(AttributeKind.STORE, "registered_by"),
    "loyalty_points": Attribute(AttributeKind.BALANCE, "points"),
    "lifetime_points": Attribute(AttributeKind.BALANCE, "lifetime"),
    "lifetime_purchases": Attribute(AttributeKind.BALANCE, "purchases"),
    "slab": Attribute(AttributeKind.TIER, "name"),
    "last_trans_value": _LAST_TRANSACTION,
    "transaction_value": _LAST_TRANSACTION,
}


@dataclass(frozen=True, slots=True)
class SearchCriterion:
    """One condition of a search: any of the comparisons has to hold.

    ``needs_scan``: no index supports it, so candidate rows are read and checked in Python by
    ``matches_criterion``.
    """

    attribute: Attribute
    operator: str
    comparisons: Sequence[Comparison]
    needs_scan: bool = False
    # Converts the stored value of a custom field before the comparison.
    normalise: Callable[[Any], Any] = fold


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """The organization's settings for reading values; ``fields`` are keyed by folded name."""

    default_country: str
    strict_mobile: bool
    zone: tzinfo
    fields: Mapping[str, FieldRule]


def parse_condition(condition: Condition, settings: SearchSettings) -> SearchCriterion:
    """Return the criterion of a condition.

    Raises:
        QueryMalformed: there is no such attribute, the operator does not apply to it, or a value
            has the wrong type.
    """
    name = condition.attribute.text
    attribute = ATTRIBUTES.get(name.lower())
    rule = None if attribute else settings.fields.get(fold_name(name))
    if attribute is None and rule is not None:
        attribute = Attribute(AttributeKind.FIELD, rule.name)
    if attribute is None:
        raise build_query_error(
            condition.attribute.position, "neither an attribute that can be searched nor a field"
        )
    if condition.operator not in _ALLOWED_OPERATORS[attribute.kind]:
        allowed = " ".join(_ALLOWED_OPERATORS[attribute.kind])
        raise build_query_error(condition.attribute.position, f"it is asked by {allowed} only")
    if rule is not None:
        return _build_field_criterion(attribute, rule, condition, settings)
    values, operator_name = condition.values, condition.operator
    match attribute.kind:
        case AttributeKind.KEY:
            comparisons = _build_identifier_comparisons(attribute, operator_name, values, settings)
        case AttributeKind.NUMBER:
            comparisons = _build_comparisons(
                [_read_integer(value) for value in values], operator_name
            )
        case AttributeKind.MOMENT:
            comparisons = _build_time_comparisons(
                [_read_time_span(value, settings.zone) for value in values], operator_name
            )
        case AttributeKind.BALANCE | AttributeKind.BILL:
            comparisons = _build_comparisons(
                [_read_decimal(value) for value in values], operator_name
            )
        case AttributeKind.STORE:
            comparisons = _build_comparisons([value.text for value in values], operator_name)
        case AttributeKind.NAME | AttributeKind.TIER:
            comparisons = _build_comparisons([_read_word(value) for value in values], operator_name)
    needs_scan = operator_name == ENDS and attribute.kind in (AttributeKind.NAME, AttributeKind.KEY)
    return SearchCriterion(attribute, operator_name, comparisons, needs_scan=needs_scan)


def matches_criterion(criterion: SearchCriterion, stored: Any) -> bool:
    """Whether a stored value meets the criterion."""
    value = criterion.normalise(stored)
    try:
        return value is not None and any(
            all(
                _LOOKUPS[lookup_name](value, expected)
                for lookup_name, expected in comparison.items()
            )
            for comparison in criterion.comparisons
        )
    except TypeError:
        # The value was stored when the field had another type.
        return False


_LOOKUPS: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "in": lambda value, expected: value in expected,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "startswith": lambda value, expected: str(value).startswith(expected),
    "endswith": lambda value, expected: str(value).endswith(expected),
}
_LOOKUP_NAMES = {
    EXACT: "exact",
    EQUALS: "exact",
    LESS: "lt",
    GREATER: "gt",
    STARTS: "startswith",
    ENDS: "endswith",
}


def _build_comparisons(values: Sequence[Any], operator_name: str) -> list[Comparison]:
    if operator_name == RANGE:
        return [{"gte": values[0], "lte": values[1]}]
    if operator_name == IN:
        return [{"in": list(values)}]
    return [{_LOOKUP_NAMES[operator_name]: values[0]}]


def _build_time_comparisons(spans: Sequence[Span], operator_name: str) -> list[Comparison]:
    """Build comparisons with spans of time: before, within or after a day or a second."""
    if operator_name == RANGE:
        return [{"gte": spans[0][0], "lt": spans[1][1]}]
    if operator_name == LESS:
        return [{"lt": spans[0][0]}]
    if operator_name == GREATER:
        return [{"gte": spans[0][1]}]
    return [{"gte": start, "lt": end} for start, end in spans]


def _read_word(value: Token) -> str:
    word = fold(value.text)[:MAX_WORD_LENGTH]
    if not word:
        raise build_query_error(value.position, "no text is left of the value")
    return word


def _build_identifier_comparisons(
    attribute: Attribute, operator_name: str, values: Sequence[Token], settings: SearchSettings
) -> list[Comparison]:
    """Compare identifiers as they are stored; a prefix or suffix as it is searched."""
    if operator_name not in (STARTS, ENDS):
        identifiers = [_read_identifier(attribute, value, settings) for value in values]
        return _build_comparisons(identifiers, operator_name)
    [value] = values
    prefix = build_search_prefix(value.text)
    if not prefix:
        raise build_query_error(value.position, "no text is left of the value")
    prefixes = [prefix]
    if attribute.column == "mobile":
        country = settings.default_country
        prefixes += (
            build_search_prefixes(value.text, lambda: country).mobiles
            if operator_name == STARTS
            else list_number_prefixes(value.text, lambda: country)[:1]
        )
        if operator_name == STARTS:
            prefixes += [INTERNATIONAL_PREFIX + prefix for prefix in prefixes if prefix.isdigit()]
    return [{_LOOKUP_NAMES[operator_name]: text} for text in dict.fromkeys(prefixes)]


def _read_identifier(attribute: Attribute, value: Token, settings: SearchSettings) -> str:
    text = restore_plus(value.written) if attribute.column == "mobile" else value.text
    return (
        normalise_identifier(
            attribute.column,
            text,
            default_country=settings.default_country,
            strict_mobile=settings.strict_mobile,
        )
        # An invalid identifier matches no customer, but can be the bound of a range.
        or value.text
    )


def _read_integer(value: Token) -> int:
    number = read_number(value.text)
    if number is None:
        raise build_query_error(value.position, "not a whole number")
    return number


def _read_decimal(value: Token) -> Decimal:
    amount = read_amount(value.text)
    if amount is None:
        raise build_query_error(
            value.position, "not a number of at most 3 decimals, up to a billion"
        )
    return amount


def _read_date(value: Token, zone: tzinfo) -> date:
    day = parse_date(value.text, zone)
    if day is None:
        raise build_query_error(value.position, _NO_DATE)
    return day


def _read_time_span(value: Token, zone: tzinfo) -> Span:
    """Return the time given: a day, or a second if it has a clock time."""
    span = read_span(value.text, zone)
    if span is None:
        raise build_query_error(value.position, _NO_DATE)
    if span.end == LAST_MOMENT:
        raise build_query_error(value.position, "beyond the last day there is")
    return span


def _build_field_criterion(
    attribute: Attribute, rule: FieldRule, condition: Condition, settings: SearchSettings
) -> SearchCriterion:
    values, operator_name = condition.values, condition.operator
    normalise: Callable[[Any], Any] = _fold_stored_value
    if operator_name in (STARTS, ENDS):
        comparisons = _build_comparisons([_read_word(value) for value in values], operator_name)
    elif rule.data_type == "DATE":
        comparisons = _build_comparisons(
            [_read_date(value, settings.zone) for value in values], operator_name
        )

        def normalise(stored: Any) -> Any:
            return parse_date(stored, settings.zone)
    elif rule.data_type == "DATETIME":
        comparisons = _build_time_comparisons(
            [_read_time_span(value, settings.zone) for value in values], operator_name
        )

        def normalise(stored: Any) -> Any:
            return parse_moment(stored, settings.zone)
    elif rule.data_type in ("INTEGER", "DOUBLE", "BOOLEAN"):
        comparisons = _build_comparisons(
            [_read_typed_value(rule, value, settings.zone) for value in values], operator_name
        )
        normalise = _keep_stored_value
    else:
        comparisons = _build_comparisons([_read_word(value) for value in values], operator_name)
    return SearchCriterion(
        attribute, operator_name, comparisons, needs_scan=True, normalise=normalise
    )


def _read_typed_value(rule: FieldRule, value: Token, zone: tzinfo) -> Any:
    """Return a value as the field stores it."""
    values, problems = check_values(
        {rule.name: value.text}, {fold_name(rule.name): rule}, zone=zone
    )
    if problems:
        raise build_query_error(value.position, f"the field {rule.name} has no such values")
    return values[rule.name]


def _fold_stored_value(stored: Any) -> str:
    return fold(str(stored).lower() if isinstance(stored, bool) else str(stored))


def _keep_stored_value(stored: Any) -> Any:
    return stored
