"""The columns that a file of transactions may have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.importing.cells import ChoiceWidget, MomentWidget, TextWidget
from crm.importing.columns import Column
from crm.importing.field_columns import field_columns
from crm.importing.mapping import FileReading
from crm.importing.whom import columns_of_customers
from loyalty.imports.amounts import AmountWidget
from loyalty.models import Transaction
from loyalty.rules.transactions import SaleStandards

NUMBER, TYPE, DATE, AMOUNT, DISCOUNT = "number", "type", "date", "amount", "discount"
STORE, TILL, NOTES, RETURNED = "store", "till", "notes", "returned"
CUSTOM, EXTENDED, LINE, LINE_FIELD = "field", "extended", "line", "line_field"
CODE, DESCRIPTION = "item_code", "description"
QUANTITY, RATE, LINE_DISCOUNT, LINE_AMOUNT = "quantity", "rate", "discount", "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(FileReading):
    """What holds for all rows of transactions.

    ``anonymous``: what becomes of purchases that name no customer. ``returns_by_c``: numbers that
    begin with a C and a digit are returns.
    """

    store_id: int | None = None
    anonymous: str = Transaction.Type.NOT_INTERESTED
    returns_by_c: bool = False


def columns_of(standards: SaleStandards, reading: FileReading) -> Mapping[str, Column]:
    """All columns by target, in the order in which they are offered."""
    columns = [
        *_bill(standards, reading),
        *columns_of_customers("Customer"),
        *_line(reading),
        *field_columns(CUSTOM, "Custom fields", standards.custom_fields, standards.zone, reading),
        *field_columns(
            EXTENDED, "Extended fields", standards.extended_fields, standards.zone, reading
        ),
        *field_columns(
            LINE_FIELD, "Extended fields of lines", standards.line_fields, standards.zone, reading
        ),
    ]
    return {column.target: column for column in columns}


def _bill(standards: SaleStandards, reading: FileReading) -> Iterable[Column]:
    group, text = "Transaction", TextWidget()
    money = AmountWidget(decimal_comma=reading.decimal_comma)
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
        MomentWidget(standards.zone, day_first=reading.day_first),
        group=group,
        synonyms="invoicedate billdate billingdate billedat billingtime transactiondate orderdate "
        "receiptdate datetime",
    )
    yield Column(
        AMOUNT,
        "Amount of the whole",
        money,
        group=group,
        synonyms="amount billamount invoiceamount transactionamount total totalamount nettotal",
    )
    yield Column(DISCOUNT, "Discount on the whole", money, group=group, synonyms="billdiscount")
    yield Column(
        RETURNED,
        "Number of the bill returned",
        text,
        group=group,
        synonyms="returnedbill originalbill originalinvoice returnof",
    )
    yield Column(STORE, "Store", text, group=group, synonyms="storecode storeid")
    yield Column(TILL, "Till", text, group=group, synonyms="tillcode tillid")
    yield Column(NOTES, "Notes", text, group=group, synonyms="comments remarks")


def _line(reading: FileReading) -> Iterable[Column]:
    group, text = "Line", TextWidget()
    money = AmountWidget(decimal_comma=reading.decimal_comma)
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
        f"{LINE}.{RATE}", "Price of one", money, group=group, synonyms="rate unitprice price"
    )
    yield Column(
        f"{LINE}.{LINE_DISCOUNT}",
        "Discount of the line",
        money,
        group=group,
        synonyms="linediscount itemdiscount",
    )
    yield Column(
        f"{LINE}.{LINE_AMOUNT}",
        "Amount of the line",
        money,
        group=group,
        synonyms="lineamount linetotal itemamount",
    )
