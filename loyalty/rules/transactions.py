"""Read purchases and returns into the values that are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from crm.kernel.errors import Notice
from customers import notices as customer_notices
from customers.rules.fields import FieldRule
from customers.rules.registration import check_fields, drop_cleared
from loyalty import errors
from loyalty.rules.amounts import MAX_AMOUNT, THOUSANDTH, ZERO, read_amount
from loyalty.rules.movements import read_money, read_past_moment, read_short_text

TYPES = frozenset({"REGULAR", "NOT_INTERESTED", "RETURN"})
MAX_NUMBER_LENGTH = 100
NumberScope: TypeAlias = Literal["TILL", "STORE", "ORGANIZATION"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """A line item; ``amount`` None means quantity times rate less discount."""

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
    """A purchase or a return, as given or, once cleaned, as it is stored; amounts are positive.

    ``amount`` None means the sum of the lines, or gross less discount. A return names its purchase
    by ``returned_id`` or ``returned_number``, or not at all. ``program_id`` None means the default
    program.
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
    lines: Sequence[SaleLine] = ()
    returned_id: int | None = None
    returned_number: Any = ""


@dataclass(frozen=True, slots=True)
class SaleSettings:
    """The organization's settings that reading a transaction depends on."""

    zone: tzinfo
    custom_fields: Mapping[str, FieldRule]
    extended_fields: Mapping[str, FieldRule]
    line_fields: Mapping[str, FieldRule]
    number_scope: NumberScope = "STORE"
    number_days: int = 36_500

    def get_number_scope(self, sale: Sale) -> int:
        """Return the id of the till or store in which the sale's number is unique; 0: anywhere."""
        if self.number_scope == "TILL" and sale.till_id is not None:
            return sale.till_id
        return 0 if self.number_scope == "ORGANIZATION" else sale.store_id or 0


def clean_sale(sale: Sale, settings: SaleSettings, *, now: datetime) -> tuple[Sale, list[Notice]]:
    """Return the transaction with exact amounts, trimmed text and known fields.

    Raises:
        TransactionTypeInvalid, TransactionNumberMissing, TransactionNeedsCustomer,
        AmountInvalid, LedgerTextInvalid, LedgerDateInvalid: a value is missing or invalid.
    """
    if sale.type not in TYPES:
        raise errors.TransactionTypeInvalid()
    number = read_short_text(sale.number, "number", max_length=MAX_NUMBER_LENGTH)
    if not number:
        raise errors.TransactionNumberMissing()
    if sale.type == "REGULAR" and sale.customer_id is None:
        raise errors.TransactionNeedsCustomer()
    notices: list[Notice] = []
    lines = [_clean_line(line, settings, notices) for line in sale.lines]
    discount = read_money(sale.discount, "discount")
    amount = _compute_amount(sale, lines, discount)
    gross = amount + discount if sale.gross_amount is None else sale.gross_amount
    clean = replace(
        sale,
        number=number,
        returned_number=read_short_text(
            sale.returned_number, "number", max_length=MAX_NUMBER_LENGTH
        ),
        billed_at=read_past_moment(sale.billed_at, "billed_at", now=now),
        amount=amount,
        gross_amount=read_money(gross, "gross_amount"),
        discount=discount,
        notes=read_short_text(sale.notes, "notes", max_length=255),
        payments=list(sale.payments),
        lines=lines,
        custom_fields=_check_custom_fields(
            sale.custom_fields, settings.custom_fields, settings, notices
        ),
        extended_fields=_check_extended_fields(
            sale.extended_fields, settings.extended_fields, settings, notices
        ),
    )
    return clean, notices


def _compute_amount(sale: Sale, lines: Sequence[SaleLine], discount: Decimal) -> Decimal:
    if sale.amount is not None:
        return read_money(sale.amount, "amount")
    if sale.gross_amount is not None:
        return read_money(read_money(sale.gross_amount, "gross_amount") - discount, "amount")
    if not lines:
        raise errors.AmountInvalid(field="amount")
    return read_money(sum((line.amount for line in lines), ZERO) - discount, "amount")


def _clean_line(line: SaleLine, settings: SaleSettings, notices: list[Notice]) -> SaleLine:
    quantity, rate = (
        _read_line_amount(line.quantity, "quantity"),
        _read_line_amount(line.rate, "rate"),
    )
    discount = _read_line_amount(line.discount, "discount")
    gross = _multiply(quantity, rate) if line.gross_amount is None else line.gross_amount
    gross = _read_line_amount(gross, "gross_amount")
    amount = gross - discount if line.amount is None else line.amount
    return replace(
        line,
        item_code=read_short_text(line.item_code, "item_code", max_length=100),
        description=read_short_text(line.description, "description", max_length=255),
        quantity=quantity,
        rate=rate,
        discount=discount,
        gross_amount=gross,
        amount=_read_line_amount(amount, "amount"),
        attributes=dict(line.attributes),
        extended_fields=_check_extended_fields(
            line.extended_fields, settings.line_fields, settings, notices
        ),
    )


def _read_line_amount(raw: object, name: str) -> Decimal:
    # A line may be negative, for example a discount.
    amount = read_amount(raw)
    if amount is None:
        raise errors.AmountInvalid(field=name)
    return amount


def _multiply(quantity: Decimal, rate: Decimal) -> Decimal:
    product = quantity * rate
    if abs(product) > MAX_AMOUNT:
        raise errors.AmountInvalid(field="gross_amount")
    return product.quantize(THOUSANDTH)


def _check_custom_fields(
    values: Mapping[str, Any],
    rules: Mapping[str, FieldRule],
    settings: SaleSettings,
    notices: list[Notice],
) -> dict[str, Any]:
    return drop_cleared(
        check_fields(values, rules, settings.zone, customer_notices.FIELD_INVALID, notices)
    )


def _check_extended_fields(
    values: Mapping[str, Any],
    rules: Mapping[str, FieldRule],
    settings: SaleSettings,
    notices: list[Notice],
) -> dict[str, Any]:
    return drop_cleared(
        check_fields(values, rules, settings.zone, customer_notices.EXTENDED_FIELD_INVALID, notices)
    )
