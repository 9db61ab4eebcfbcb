"""The columns of a transaction import."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from crm.imports.cells import says_no_value
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
from crm.kernel.errors import mark_sentence as _
from crm.kernel.staff_texts import staff_text
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
        staff_text("Transaction"): _build_transaction_columns(formats),
        staff_text("Customer"): build_customer_columns(),
        staff_text("Line"): _build_line_columns(formats),
        staff_text("Custom fields"): build_field_columns(CUSTOM, settings.custom_fields, formats),
        staff_text("Extended fields"): build_field_columns(
            EXTENDED, settings.extended_fields, formats
        ),
        staff_text("Extended fields of lines"): build_field_columns(
            LINE_FIELD, settings.line_fields, formats
        ),
    }


def _build_transaction_columns(formats: CellFormats) -> list[Column]:
    return [
        Column(
            NUMBER,
            staff_text("Transaction number"),
            "invoice invoiceno invoicenumber bill billno billnumber receipt receiptno "
            "receiptnumber orderno ordernumber orderid transactionno transactionid",
        ),
        ChoiceColumn(
            TYPE, staff_text("Type"), Transaction.Type.choices, "transactiontype billtype"
        ),
        DateTimeColumn(
            DATE,
            staff_text("Date"),
            formats,
            "invoicedate billdate billingdate billedat billingtime transactiondate orderdate "
            "receiptdate datetime",
        ),
        AmountColumn(
            AMOUNT,
            staff_text("Transaction amount"),
            formats,
            "amountofthewhole amount billamount invoiceamount transactionamount total totalamount "
            "nettotal",
        ),
        AmountColumn(
            DISCOUNT, staff_text("Transaction discount"), formats, "discountonthewhole billdiscount"
        ),
        BillNumberColumn(
            RETURNED,
            staff_text("Returned transaction number"),
            "numberofthebillreturned returnedbill originalbill originalinvoice returnof",
        ),
        Column(STORE, staff_text("Store"), "storecode storeid"),
        Column(TILL, staff_text("Till"), "tillcode tillid"),
        Column(NOTES, staff_text("Notes"), "comments remarks"),
    ]


def _build_line_columns(formats: CellFormats) -> list[Column]:
    return [
        Column(
            f"{LINE}.{CODE}",
            staff_text("Item code"),
            "stockcode sku itemno productcode productid articleno ean barcode item",
        ),
        Column(
            f"{LINE}.{DESCRIPTION}",
            staff_text("Item description"),
            "description itemname productname product article",
        ),
        AmountColumn(f"{LINE}.{QUANTITY}", staff_text("Quantity"), formats, "qty pieces units"),
        AmountColumn(
            f"{LINE}.{RATE}", staff_text("Unit price"), formats, "priceofone rate unitprice price"
        ),
        AmountColumn(
            f"{LINE}.{LINE_DISCOUNT}",
            staff_text("Line discount"),
            formats,
            "discountoftheline linediscount itemdiscount",
        ),
        AmountColumn(
            f"{LINE}.{LINE_AMOUNT}",
            staff_text("Line amount"),
            formats,
            "amountoftheline lineamount linetotal itemamount",
        ),
    ]


class BillNumberColumn(Column):
    """The number of a bill; N/A is none, but 000 may be one."""

    def is_placeholder(self, text: str) -> bool:
        return says_no_value(text)


class AmountColumn(FormattedColumn):
    """An exact number with at most three decimals."""

    def clean(self, text: str) -> Decimal:
        amount = read_amount(read_number(text, self.formats))
        if amount is None:
            raise ValueError(_("is not a number with at most three decimals"))
        return amount + ZERO  # -0 is 0
