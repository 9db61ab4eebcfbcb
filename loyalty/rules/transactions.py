"""Read purchases and returns into the values that are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from crm.kernel.errors import DomainError, Notice
from customers import notices as customer_notices
from customers.rules.fields import FieldRule
from customers.rules.registration import check_fields, drop_cleared
from customers.rules.text import fold_name
from loyalty import errors
from loyalty import notices as loyalty_notices
from loyalty.rules.amounts import MAX_AMOUNT, THOUSANDTH, ZERO, read_amount
from loyalty.rules.coupon_items import BillItem
from loyalty.rules.movements import read_money, read_past_moment, read_short_text

TYPES = frozenset({"REGULAR", "NOT_INTERESTED", "RETURN", "NOT_INTERESTED_RETURN"})
RETURNS = frozenset({"RETURN", "NOT_INTERESTED_RETURN"})
WHOLE_RETURNS = frozenset({"FULL", "CANCELLED"})
RETURN_TYPES = frozenset({"", "AMOUNT", "LINE_ITEM"}) | WHOLE_RETURNS
OUTLIER_STATUSES = frozenset(
    {
        "NORMAL",
        "OUTLIER",
        "INTERNAL",
        "INTERNAL_STORE",
        "FRAUD",
        "TEST",
        "DELETED",
        "FAILED",
        "OTHER",
    }
)
MAX_NUMBER_LENGTH = 100
NumberScope: TypeAlias = Literal["TILL", "STORE", "ORGANIZATION"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """A line item; ``amount`` None means quantity times rate less discount.

    In a return by lines, None without a rate means what the line cost. ``returned_id`` is the line
    that comes back, once it is found.
    """

    item_code: Any
    description: Any = ""
    quantity: Any = 1
    rate: Any = ZERO
    discount: Any = ZERO
    gross_amount: Any = None
    amount: Any = None
    serial: Any = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    returned_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A purchase or a return, as given or, once cleaned, as it is stored; amounts are positive.

    ``amount`` None means the sum of the lines, or gross less discount. A return names its purchase
    by ``returned_id`` or ``returned_number``, or not at all. ``program_id`` None means the default
    program.

    ``return_type`` says what comes back: everything that is left (FULL, CANCELLED), an AMOUNT, or
    its LINE_ITEMs; without one, an amount. ``repeats_number``: the return has its purchase's number
    as every other return of it. ``is_lenient``: lines that cannot be read are left out with a
    notice. Sales of the same ``bill``, other than 0, are entered together or not at all.
    ``requested_promotions`` are names of promotions that are given on request only.
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
    return_type: str = ""
    repeats_number: bool = False
    delivery_status: Any = ""
    outlier_status: str = "NORMAL"
    not_interested_reason: Any = ""
    currency_code: Any = ""
    credit_note: Mapping[str, Any] | None = None
    source_account_id: int | None = None
    is_lenient: bool = False
    bill: int = 0
    requested_promotions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SaleSettings:
    """The organization's settings that reading a transaction depends on."""

    zone: tzinfo
    custom_fields: Mapping[str, FieldRule]
    extended_fields: Mapping[str, FieldRule]
    line_fields: Mapping[str, FieldRule]
    number_scope: NumberScope = "STORE"
    number_days: int = 36_500
    line_custom_fields: Mapping[str, FieldRule] = field(default_factory=dict)
    payment_modes: frozenset[str] = frozenset()
    max_amount: int = 0
    max_age_days: int = 36_500
    max_ahead_days: int = 1
    allows_unknown_returns: bool = False

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
    if sale.type not in TYPES or sale.return_type not in RETURN_TYPES:
        raise errors.TransactionTypeInvalid()
    if sale.outlier_status not in OUTLIER_STATUSES:
        raise errors.OutlierStatusInvalid()
    number = read_short_text(sale.number, "number", max_length=MAX_NUMBER_LENGTH)
    if not number:
        raise errors.TransactionNumberMissing()
    if sale.type == "REGULAR" and sale.customer_id is None:
        raise errors.TransactionNeedsCustomer()
    notices: list[Notice] = []
    lines = _clean_lines(sale, settings, notices)
    discount = read_money(sale.discount, "discount")
    amount = _compute_amount(sale, lines, discount)
    gross = amount + discount if sale.gross_amount is None else sale.gross_amount
    _check_payments(sale, settings, notices)
    clean = replace(
        sale,
        number=number,
        returned_number=read_short_text(
            sale.returned_number, "number", max_length=MAX_NUMBER_LENGTH
        ),
        billed_at=_read_billed_at(sale, settings, now),
        amount=amount,
        gross_amount=read_money(gross, "gross_amount"),
        discount=discount,
        notes=read_short_text(sale.notes, "notes", max_length=255),
        delivery_status=read_short_text(sale.delivery_status, "delivery_status", max_length=30),
        not_interested_reason=read_short_text(
            sale.not_interested_reason, "not_interested_reason", max_length=255
        ),
        currency_code=read_short_text(sale.currency_code, "currency_code", max_length=3),
        payments=list(sale.payments),
        lines=lines,
        custom_fields=_check_custom_fields(
            sale.custom_fields, settings.custom_fields, settings, notices
        ),
        extended_fields=_check_extended_fields(
            sale.extended_fields, settings.extended_fields, settings, notices
        ),
    )
    if sale.type in RETURNS:
        # What comes back is taken back, however much it is.
        return replace(clean, outlier_status="NORMAL"), notices
    if settings.max_amount and amount > settings.max_amount and sale.outlier_status == "NORMAL":
        clean = replace(clean, outlier_status="OUTLIER")
    if clean.outlier_status != "NORMAL":
        notices.append(Notice(loyalty_notices.OUTLIER, status=clean.outlier_status))
    return clean, notices


def read_bill_items(lines: Sequence[SaleLine]) -> list[BillItem]:
    """Return the line items of a bill as coupons look at them.

    Raises:
        AmountInvalid, LedgerTextInvalid: an amount or an item code cannot be one.
    """
    return [
        BillItem(
            item_code=read_short_text(line.item_code, "item_code", max_length=100),
            amount=line.amount,
            discount=line.discount,
            attributes=line.attributes,
        )
        for line in map(_read_prices, lines)
    ]


def _read_billed_at(sale: Sale, settings: SaleSettings, now: datetime) -> datetime:
    """Return when it was billed; refuse what is outside the span that the organization accepts."""
    billed_at = read_past_moment(sale.billed_at, "billed_at", now=now)
    if billed_at < now - timedelta(days=settings.max_age_days):
        raise errors.TransactionDateTooEarly(days=settings.max_age_days)
    if billed_at > now + timedelta(days=settings.max_ahead_days):
        raise errors.TransactionDateTooLate()
    return billed_at


def _check_payments(sale: Sale, settings: SaleSettings, notices: list[Notice]) -> None:
    if not settings.payment_modes:
        return
    for payment in sale.payments:
        mode = payment.get("mode") if isinstance(payment, Mapping) else None
        if isinstance(mode, str) and fold_name(mode) not in settings.payment_modes:
            notices.append(Notice(loyalty_notices.PAYMENT_MODE_UNKNOWN, mode=mode))


def _clean_lines(sale: Sale, settings: SaleSettings, notices: list[Notice]) -> list[SaleLine]:
    lines = []
    for position, line in enumerate(sale.lines, start=1):
        line_notices: list[Notice] = []
        try:
            lines.append(_clean_line(line, settings, line_notices, sale.return_type))
        except DomainError as refusal:
            if not sale.is_lenient or sale.type in RETURNS:
                raise
            notices.append(
                Notice(loyalty_notices.LINE_LEFT_OUT, position=position, reason=refusal.code)
            )
        else:
            notices += line_notices
    return lines


def _compute_amount(sale: Sale, lines: Sequence[SaleLine], discount: Decimal) -> Decimal:
    if sale.return_type in WHOLE_RETURNS:
        # What is left of the purchase, when it is found.
        return ZERO
    if sale.amount is not None:
        return read_money(sale.amount, "amount")
    if sale.gross_amount is not None:
        return read_money(read_money(sale.gross_amount, "gross_amount") - discount, "amount")
    if not lines and sale.return_type != "LINE_ITEM":
        raise errors.AmountInvalid(field="amount")
    return read_money(sum((line.amount or ZERO for line in lines), ZERO) - discount, "amount")


def _clean_line(
    line: SaleLine, settings: SaleSettings, notices: list[Notice], return_type: str
) -> SaleLine:
    priced = _read_prices(line)
    is_priced = line.amount is not None or line.gross_amount is not None or priced.rate != 0
    return replace(
        priced,
        item_code=read_short_text(line.item_code, "item_code", max_length=100),
        description=read_short_text(line.description, "description", max_length=255),
        amount=priced.amount if is_priced or return_type != "LINE_ITEM" else None,
        serial=read_short_text(line.serial, "serial", max_length=100),
        attributes=dict(line.attributes),
        custom_fields=_check_custom_fields(
            line.custom_fields, settings.line_custom_fields, settings, notices
        ),
        extended_fields=_check_extended_fields(
            line.extended_fields, settings.line_fields, settings, notices
        ),
    )


def _read_prices(line: SaleLine) -> SaleLine:
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
        quantity=quantity,
        rate=rate,
        discount=discount,
        gross_amount=gross,
        amount=_read_line_amount(amount, "amount"),
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
