"""The outcome of each row of a transaction in the dry run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.imports.columns import ColumnOf
from crm.imports.file_import import CREATE, ERROR, SKIP
from crm.imports.operations.staged_rows import Key, Remark, SettledRow
from crm.imports.parsed_rows import ParsedRow
from crm.imports.queries.import_runs import StagedRow
from crm.kernel.staff_texts import TextTemplate, staff_text
from loyalty import errors
from loyalty.imports.transaction_remarks import (
    build_known_remark,
    build_notice_remarks,
    build_refusal_remark,
)
from loyalty.imports.transaction_sales import REGULAR, RETURN
from loyalty.operations.transactions.entries import TransactionResult
from loyalty.rules.transactions import Sale

RETURNED_IN_ROW = TextTemplate("The returned transaction is in row {number}.")
REPEATED_TRANSACTION = TextTemplate("Same transaction as row {number}.")
NEIGHBOUR_INVALID = TextTemplate(
    "Row {first} of this transaction has an error, so it is not imported."
)
SALE = TextTemplate("{type} of customer {customer_id}{details}.")
UNKNOWN_SALE = TextTemplate("{type} without a customer{details}.")
ONE_LINE, LINES = TextTemplate("{count} line"), TextTemplate("{count} lines")

# The key by which a return finds the returned transaction in the same file.
NUMBER_KEY = "bill_number"


@dataclass(slots=True)
class ImportedTransaction:
    """The rows of one transaction with the sale they form, or their faults by row number."""

    rows: Sequence[StagedRow]
    parsed: list[ParsedRow] = field(default_factory=list)
    sale: Sale | None = None
    repeats: int = 0
    faults: dict[int, Sequence[Remark]] = field(default_factory=dict)

    @property
    def head(self) -> StagedRow:
        return self.rows[0]

    def remark_all(self, remark: Remark) -> dict[int, list[Remark]]:
        """Return the same remark for each row, by primary key."""
        return {row.pk: [remark] for row in self.rows}


def build_preview(sale: Sale) -> dict[str, object]:
    """Build the part of the preview that the run must find unchanged."""
    return {"type": sale.type, "customer": sale.customer_id}


def settle_transaction(
    transaction: ImportedTransaction,
    outcome: TransactionResult | None,
    returned_rows: Mapping[Key, int],
    column_of: ColumnOf,
) -> list[SettledRow]:
    """Return the outcome of each row, with remarks about its cells that were ignored."""
    settled_rows = _decide_rows(transaction, outcome, returned_rows, column_of)
    ignored = {row.number: row.ignored for row in transaction.parsed}
    for settled_row, row in zip(settled_rows, transaction.rows, strict=True):
        settled_row.remarks = [*settled_row.remarks, *ignored.get(row.number, ())]
    return settled_rows


def _decide_rows(
    transaction: ImportedTransaction,
    outcome: TransactionResult | None,
    returned_rows: Mapping[Key, int],
    column_of: ColumnOf,
) -> list[SettledRow]:
    rows, sale = transaction.rows, transaction.sale
    if sale is None or outcome is None:
        return _refuse_transaction(transaction, transaction.faults)
    refusal = outcome.refusal
    if isinstance(refusal, errors.TransactionKnown):
        return [SettledRow(row.pk, SKIP, [build_known_remark(refusal)]) for row in rows]
    remarks = [_describe_sale(sale), *build_notice_remarks(outcome.notices, column_of)]
    if isinstance(refusal, errors.TransactionUnknown):
        # The returned transaction may be in an earlier row of the same file.
        number = returned_rows.get((NUMBER_KEY, str(sale.returned_number)))
        if number is not None and number < transaction.head.number:
            remarks.append(("", RETURNED_IN_ROW(number=number)))
            refusal = None
    if refusal is not None:
        return _refuse_transaction(
            transaction,
            {transaction.head.number: [build_refusal_remark(refusal, column_of)]},
        )
    repeat_remark = ("", REPEATED_TRANSACTION(number=transaction.head.number))
    settled_rows = [SettledRow(transaction.head.pk, CREATE, remarks, build_preview(sale))]
    for position, row in enumerate(rows[1:], start=1):
        if position < len(rows) - transaction.repeats:
            settled_rows.append(SettledRow(row.pk, CREATE))
        else:
            settled_rows.append(SettledRow(row.pk, SKIP, [repeat_remark]))
    return settled_rows


def _refuse_transaction(
    transaction: ImportedTransaction, faults: Mapping[int, Sequence[Remark]]
) -> list[SettledRow]:
    """Mark all rows as errors, with their own remark or that of the faulty row."""
    first = min(faults)
    other_remark = ("", NEIGHBOUR_INVALID(first=first))
    return [
        SettledRow(row.pk, ERROR, faults.get(row.number, [other_remark]))
        for row in transaction.rows
    ]


def _describe_sale(sale: Sale) -> Remark:
    type_name = {REGULAR: staff_text("A purchase"), RETURN: staff_text("A return")}.get(
        sale.type, staff_text("A transaction of an unknown customer")
    )
    amount = f", {sale.amount:,.2f}" if sale.amount is not None else ""
    lines = (ONE_LINE if len(sale.lines) == 1 else LINES)(count=len(sale.lines))
    details = f"{amount}, {lines}" if sale.lines else amount
    if not sale.customer_id:
        return "", UNKNOWN_SALE(type=type_name, details=details)
    return "", SALE(type=type_name, customer_id=sale.customer_id, details=details)
