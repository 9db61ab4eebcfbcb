"""The columns of a transaction import."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.imports.cells import ChoiceWidget, DateTimeWidget, TextWidget
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from crm.imports.customer_columns import build_customer_columns
from crm.imports.field_columns import build_field_columns
from loyalty.imports.amounts import AmountWidget
from loyalty.models import Transaction
from loyalty.rules.transactions import SaleSettings

NUMBER, TYPE, DATE, AMOUNT, DISCOUNT = "number", "type", "date", "amount", "discount"
STORE, TILL, NOTES, RETURNED = "store", "till", "notes", "returned"
CUSTOM, EXTENDED, LINE, LINE_FIELD = "field", "extended", "line", "line_field"
CODE, DESCRIPTION = "item_code", "description"
QUANTITY, RATE, LINE_DISCOUNT, LINE_AMOUNT = "quantity", "rate", "discount", "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionMapping(ColumnMapping):
    """The column mapping and the options of a transaction import.

    ``anonymous``: the type of purchases without a customer. ``returns_by_c``: numbers that begin
    with a C and a digit are returns.
    """

    store_id: int | None = None
    anonymous: str = Transaction.Type.NOT_INTERESTED
    returns_by_c: bool = False


def build_columns(standards: SaleSettings, mapping: ColumnMapping) -> Mapping[str, Column]:
    """Return all columns by target, in display order."""
    columns = [
        *_build_transaction_columns(standards, mapping),
        *build_customer_columns("Customer"),
        *_build_line_columns(mapping),
        *build_field_columns(
            CUSTOM, "Custom fields", standards.custom_fields, standards.zone, mapping
        ),
        *build_field_columns(
            EXTENDED, "Extended fields", standards.extended_fields, standards.zone, mapping
        ),
        *build_field_columns(
            LINE_FIELD, "Extended fields of lines", standards.line_fields, standards.zone, mapping
        ),
    ]
    return {column.target: column for column in columns}


def _build_transaction_columns(standards: SaleSettings, mapping: ColumnMapping) -> Iterable[Column]:
    group, text = "Transaction", TextWidget()
    money = AmountWidget(decimal_comma=mapping.decimal_comma)
    yield Column(
        NUMBER,
        "Transaction number",
        text,
        group=group,
        synonyms="invoice invoiceno invoicenumber bill billno billnumber receipt receiptno "
        "receiptnumber orderno ordernumber orderid transactionno transactionid",
    )
    yield Column(
        TYPE,
        "Type",
        ChoiceWidget({value: str(label) for value, label in Transaction.Type.choices}),
        group=group,
        synonyms="transactiontype billtype",
    )
    yield Column(
        DATE,
        "Date",
        DateTimeWidget(standards.zone, day_first=mapping.day_first),
        group=group,
        synonyms="invoicedate billdate billingdate billedat billingtime transactiondate orderdate "
        "receiptdate datetime",
    )
    yield Column(
        AMOUNT,
        "Transaction amount",
        money,
        group=group,
        synonyms="amountofthewhole amount billamount invoiceamount transactionamount total "
        "totalamount nettotal",
    )
    yield Column(
        DISCOUNT,
        "Transaction discount",
        money,
        group=group,
        synonyms="discountonthewhole billdiscount",
    )
    yield Column(
        RETURNED,
        "Returned transaction number",
        text,
        group=group,
        synonyms="numberofthebillreturned returnedbill originalbill originalinvoice returnof",
    )
    yield Column(STORE, "Store", text, group=group, synonyms="storecode storeid")
    yield Column(TILL, "Till", text, group=group, synonyms="tillcode tillid")
    yield Column(NOTES, "Notes", text, group=group, synonyms="comments remarks")


def _build_line_columns(mapping: ColumnMapping) -> Iterable[Column]:
    group, text = "Line", TextWidget()
    money = AmountWidget(decimal_comma=mapping.decimal_comma)
    yield Column(
        f"{LINE}.{CODE}",
        "Item code",
        text,
        group=group,
        synonyms="stockcode sku itemno productcode productid articleno ean barcode item",
    )
    yield Column(
        f"{LINE}.{DESCRIPTION}",
        "Item description",
        text,
        group=group,
        synonyms="description itemname productname product article",
    )
    yield Column(f"{LINE}.{QUANTITY}", "Quantity", money, group=group, synonyms="qty pieces units")
    yield Column(
        f"{LINE}.{RATE}",
        "Unit price",
        money,
        group=group,
        synonyms="priceofone rate unitprice price",
    )
    yield Column(
        f"{LINE}.{LINE_DISCOUNT}",
        "Line discount",
        money,
        group=group,
        synonyms="discountoftheline linediscount itemdiscount",
    )
    yield Column(
        f"{LINE}.{LINE_AMOUNT}",
        "Line amount",
        money,
        group=group,
        synonyms="amountoftheline lineamount linetotal itemamount",
    )
