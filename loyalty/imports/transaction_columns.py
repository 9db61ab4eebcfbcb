"""The columns of a transaction import."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from crm.imports.columns import (
    ChoiceColumn,
    Column,
    DateTimeColumn,
    FormattedColumn,
    build_field_columns,
)
from crm.imports.customer_columns import build_customer_columns
from crm.imports.numbers import read_number
from crm.imports.readings import CellFormats
from loyalty.models import Transaction
from loyalty.rules.amounts import ZERO, read_amount
from loyalty.rules.transactions import SaleSettings

NUMBER, TYPE, DATE, AMOUNT, DISCOUNT = "number", "type", "date", "amount", "discount"
STORE, TILL, NOTES, RETURNED = "store", "till", "notes", "returned"
CUSTOM, EXTENDED, LINE, LINE_FIELD = "field", "extended", "line", "line_field"
CODE, DESCRIPTION = "item_code", "description"
QUANTITY, RATE, LINE_DISCOUNT, LINE_AMOUNT = "quantity", "rate", "discount", "amount"


def build_column_groups(
    settings: SaleSettings, formats: CellFormats
) -> Mapping[str, Sequence[Column]]:
    """Return all columns of one organization, in display order."""
    return {
        "Transaction": _build_transaction_columns(formats),
        "Customer": build_customer_columns(),
        "Line": _build_line_columns(formats),
        "Custom fields": build_field_columns(CUSTOM, settings.custom_fields, formats),
        "Extended fields": build_field_columns(EXTENDED, settings.extended_fields, formats),
        "Extended fields of lines": build_field_columns(LINE_FIELD, settings.line_fields, formats),
    }


def _build_transaction_columns(formats: CellFormats) -> list[Column]:
    return [
        Column(
            NUMBER,
            "Transaction number",
            "invoice invoiceno invoicenumber bill billno billnumber receipt receiptno "
            "receiptnumber orderno ordernumber orderid transactionno transactionid",
        ),
        ChoiceColumn(TYPE, "Type", Transaction.Type.choices, "transactiontype billtype"),
        DateTimeColumn(
            DATE,
            "Date",
            formats,
            "invoicedate billdate billingdate billedat billingtime transactiondate orderdate "
            "receiptdate datetime",
        ),
        AmountColumn(
            AMOUNT,
            "Transaction amount",
            formats,
            "amountofthewhole amount billamount invoiceamount transactionamount total totalamount "
            "nettotal",
        ),
        AmountColumn(DISCOUNT, "Transaction discount", formats, "discountonthewhole billdiscount"),
        Column(
            RETURNED,
            "Returned transaction number",
            "numberofthebillreturned returnedbill originalbill originalinvoice returnof",
        ),
        Column(STORE, "Store", "storecode storeid"),
        Column(TILL, "Till", "tillcode tillid"),
        Column(NOTES, "Notes", "comments remarks"),
    ]


def _build_line_columns(formats: CellFormats) -> list[Column]:
    return [
        Column(
            f"{LINE}.{CODE}",
            "Item code",
            "stockcode sku itemno productcode productid articleno ean barcode item",
        ),
        Column(
            f"{LINE}.{DESCRIPTION}",
            "Item description",
            "description itemname productname product article",
        ),
        AmountColumn(f"{LINE}.{QUANTITY}", "Quantity", formats, "qty pieces units"),
        AmountColumn(f"{LINE}.{RATE}", "Unit price", formats, "priceofone rate unitprice price"),
        AmountColumn(
            f"{LINE}.{LINE_DISCOUNT}",
            "Line discount",
            formats,
            "discountoftheline linediscount itemdiscount",
        ),
        AmountColumn(
            f"{LINE}.{LINE_AMOUNT}",
            "Line amount",
            formats,
            "amountoftheline lineamount linetotal itemamount",
        ),
    ]


class AmountColumn(FormattedColumn):
    """An exact number with at most three decimals."""

    def clean(self, text: str) -> Decimal:
        amount = read_amount(read_number(text, self.formats))
        if amount is None:
            raise ValueError("is not a number with at most three decimals")
        return amount + ZERO  # -0 is 0
