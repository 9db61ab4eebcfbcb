"""What a bill or a return says, read into what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from crm.kernel.errors import Notice
from customers import notices as customer_notices
from customers.rules.fields import FieldRule
from customers.rules.registration import checked_fields, present
from loyalty import errors
from loyalty.rules.amounts import MOST, THOUSANDTH, ZERO, read_amount
from loyalty.rules.movements import money, past_moment, short_text

TYPES = frozenset({"REGULAR", "NOT_INTERESTED", "RETURN"})
LONGEST_NUMBER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a bill; ``amount`` None is quantity times rate less discount."""

    item_code: Any
    description: Any = ""
    quantity: Any = 1
    rate: Any = ZERO
    discount: Any = ZERO
    gross_amount: Any = None
    amount: Any = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A transaction as given, or, once cleaned, as it will be stored; amounts are positive.

    ``amount`` None is the sum of the lines, or gross less discount. A return names its bill by
    ``returned_id`` or ``returned_number``, or not at all. ``program_id`` None is the default one.
    """

    number: Any
    type: str = "REGULAR"
    customer_id: int | None = None
    program_id: int | None = None
    store_id: int | None = None
    till_id: int | None = None
    billed_at: datetime | None = None
    amount: Any = None
    gross_amount: Any = None
    discount: Any = ZERO
    notes: Any = ""
    payments: Sequence[Any] = ()
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[Line] = ()
    returned_id: int | None = None
    returned_number: Any = ""


@dataclass(frozen=True, slots=True)
class SaleStandards:
    """The organization's settings that reading a transaction depends on."""

    zone: tzinfo
    custom_fields: Mapping[str, FieldRule]
    extended_fields: Mapping[str, FieldRule]
    line_fields: Mapping[str, FieldRule]


def clean_sale(
    given: Sale, standards: SaleStandards, *, now: datetime
) -> tuple[Sale, list[Notice]]:
    """Return the transaction with exact amounts, trimmed text and known fields.

    Raises:
        TransactionTypeInvalid, TransactionNumberMissing, TransactionNeedsCustomer,
        AmountInvalid, LedgerTextInvalid, LedgerDateInvalid: it cannot be entered so.
    """
    if given.type not in TYPES:
        raise errors.TransactionTypeInvalid()
    number = short_text(given.number, "number", longest=LONGEST_NUMBER)
    if not number:
        raise errors.TransactionNumberMissing()
    if given.type == "REGULAR" and given.customer_id is None:
        raise errors.TransactionNeedsCustomer()
    said: list[Notice] = []
    lines = [_clean_line(line, standards, said) for line in given.lines]
    discount = money(given.discount, "discount")
    amount = _amount(given, lines, discount)
    gross = amount + discount if given.gross_amount is None else given.gross_amount
    clean = replace(
        given,
        number=number,
        returned_number=short_text(given.returned_number, "number", longest=LONGEST_NUMBER),
        billed_at=past_moment(given.billed_at, "billed_at", now=now),
        amount=amount,
        gross_amount=money(gross, "gross_amount"),
        discount=discount,
        notes=short_text(given.notes, "notes", longest=255),
        payments=list(given.payments),
        lines=lines,
        custom_fields=_fields(given.custom_fields, standards.custom_fields, standards, said),
        extended_fields=_extended(
            given.extended_fields, standards.extended_fields, standards, said
        ),
    )
    return clean, said


def _amount(given: Sale, lines: Sequence[Line], discount: Decimal) -> Decimal:
    if given.amount is not None:
        return money(given.amount, "amount")
    if given.gross_amount is not None:
        return money(money(given.gross_amount, "gross_amount") - discount, "amount")
    if not lines:
        raise errors.AmountInvalid(field="amount")
    return money(sum((line.amount for line in lines), ZERO) - discount, "amount")


def _clean_line(line: Line, standards: SaleStandards, said: list[Notice]) -> Line:
    quantity, rate = _number(line.quantity, "quantity"), _number(line.rate, "rate")
    discount = _number(line.discount, "discount")
    gross = _product(quantity, rate) if line.gross_amount is None else line.gross_amount
    gross = _number(gross, "gross_amount")
    amount = gross - discount if line.amount is None else line.amount
    return replace(
        line,
        item_code=short_text(line.item_code, "item_code", longest=100),
        description=short_text(line.description, "description", longest=255),
        quantity=quantity,
        rate=rate,
        discount=discount,
        gross_amount=gross,
        amount=_number(amount, "amount"),
        attributes=dict(line.attributes),
        extended_fields=_extended(line.extended_fields, standards.line_fields, standards, said),
    )


def _number(raw: object, name: str) -> Decimal:
    # Lines may be negative: a discount given as a line of its own.
    amount = read_amount(raw)
    if amount is None:
        raise errors.AmountInvalid(field=name)
    return amount


def _product(quantity: Decimal, rate: Decimal) -> Decimal:
    product = quantity * rate
    if abs(product) > MOST:
        raise errors.AmountInvalid(field="gross_amount")
    return product.quantize(THOUSANDTH)


def _fields(
    given: Mapping[str, Any],
    rules: Mapping[str, FieldRule],
    standards: SaleStandards,
    said: list[Notice],
) -> dict[str, Any]:
    return present(
        checked_fields(given, rules, standards.zone, customer_notices.FIELD_INVALID, said)
    )


def _extended(
    given: Mapping[str, Any],
    rules: Mapping[str, FieldRule],
    standards: SaleStandards,
    said: list[Notice],
) -> dict[str, Any]:
    return present(
        checked_fields(given, rules, standards.zone, customer_notices.EXTENDED_FIELD_INVALID, said)
    )
