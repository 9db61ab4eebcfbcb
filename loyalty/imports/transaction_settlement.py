"""The outcome of each row of a transaction in the dry run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from crm.imports.columns import ColumnOf
from crm.imports.file_import import CREATE, ERROR, SKIP, UNCHANGED
from crm.imports.import_modes import explain_outside_mode
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
OTHER_SALE = TextTemplate(
    "Its number was entered before as transaction {id}, with another customer, time or amount."
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

    def remark_all(self, *remarks: Remark) -> dict[int, list[Remark]]:
        """Return the same remarks for each row, by primary key."""
        return {row.pk: [*remarks] for row in self.rows}


def build_preview(sale: Sale) -> dict[str, object]:
    """Build the part of the preview that the run must find unchanged."""
    return {"type": sale.type, "customer": sale.customer_id}


@dataclass(frozen=True, slots=True)
class SettlementContext:
    """What else decides about the rows of transactions.

    ``returned_rows``: where the returned transactions of this file are. ``entered_sales``:
    customer, time and amount of transactions that were entered before.
    """

    column_of: ColumnOf
    mode: str
    returned_rows: Mapping[Key, int]
    entered_sales: Mapping[int, tuple[int | None, datetime, Decimal]]


def settle_transaction(
    transaction: ImportedTransaction,
    outcome: TransactionResult | None,
    context: SettlementContext,
) -> list[SettledRow]:
    """Return the outcome of each row, with remarks about its cells that were ignored."""
    settled_rows = _decide_rows(transaction, outcome, context)
    ignored = {row.number: row.ignored for row in transaction.parsed}
    for settled_row, row in zip(settled_rows, transaction.rows, strict=True):
        settled_row.remarks = [*settled_row.remarks, *ignored.get(row.number, ())]
    return settled_rows


def _decide_rows(
    transaction: ImportedTransaction,
    outcome: TransactionResult | None,
    context: SettlementContext,
) -> list[SettledRow]:
    column_of = context.column_of
    rows, sale = transaction.rows, transaction.sale
    if sale is None or outcome is None:
        return _refuse_transaction(transaction, transaction.faults)
    refusal = outcome.refusal
    if isinstance(refusal, errors.TransactionKnown):
        outcome_of_row, remark = _describe_known(sale, refusal, context)
        return [SettledRow(row.pk, outcome_of_row, [remark]) for row in rows]
    remarks = [_describe_sale(sale), *build_notice_remarks(outcome.notices, column_of)]
    if isinstance(refusal, errors.TransactionUnknown):
        # The returned transaction may be in an earlier row of the same file.
        number = context.returned_rows.get((NUMBER_KEY, str(sale.returned_number)))
        if number is not None and number < transaction.head.number:
            remarks.append(("", RETURNED_IN_ROW(number=number)))
            refusal = None
    if refusal is not None:
        return _refuse_transaction(
            transaction,
            {transaction.head.number: [build_refusal_remark(refusal, column_of)]},
        )
    reason = explain_outside_mode(context.mode, is_new=True)
    if reason is not None:
        return [SettledRow(row.pk, SKIP, [("", reason)]) for row in rows]
    repeat_remark = ("", REPEATED_TRANSACTION(number=transaction.head.number))
    settled_rows = [SettledRow(transaction.head.pk, CREATE, remarks, build_preview(sale))]
    for position, row in enumerate(rows[1:], start=1):
        if position < len(rows) - transaction.repeats:
            settled_rows.append(SettledRow(row.pk, CREATE))
        else:
            settled_rows.append(SettledRow(row.pk, SKIP, [repeat_remark]))
    return settled_rows


def _describe_known(
    sale: Sale, refusal: errors.TransactionKnown, context: SettlementContext
) -> tuple[str, Remark]:
    """Return the outcome of rows whose number was entered before: unchanged, or another sale."""
    entered = context.entered_sales.get(int(refusal.facts.get("transaction_id") or 0))
    column, sentence = build_known_remark(refusal)
    if entered is None:
        return SKIP, (column, sentence)
    customer_id, billed_at, amount = entered
    is_same = (customer_id, billed_at) == (sale.customer_id, sale.billed_at)
    if is_same and sale.amount in (None, amount):
        return UNCHANGED, (column, sentence)
    return SKIP, (column, OTHER_SALE(id=refusal.facts["transaction_id"]))


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
