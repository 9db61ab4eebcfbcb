"""The dry run of a transaction import: group rows into transactions, then settle each of them.

A transaction is imported with all its lines or not at all, wherever in the file they are. One
invalid line makes all its rows errors, so the file of failed rows holds the whole transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from crm.imports.cell_reader import UnreadableRow
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import (
    Key,
    PlannedRow,
    Remark,
    SettledRow,
    refuse_groups,
    settle_rows,
    stage_rows,
)
from crm.imports.queries.import_runs import Group, StagedRow, find_first_rows, list_rows_of_groups
from crm.kernel.query_plans import force_custom_plans
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRow
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.imports.transactions.sentences import (
    build_known_remark,
    build_notice_remarks,
    build_refusal_remark,
)
from loyalty.imports.transactions.transaction_rows import (
    REGULAR,
    RETURN,
    RowsDiffer,
    TransactionReader,
    TransactionRow,
)
from loyalty.operations.transactions.enter import TransactionResult, plan_transactions
from loyalty.rules.transactions import Sale

CREATE, UPDATE, SKIP, ERROR = ImportRow.Outcome.values
# Keys by which rows find the first row of their transaction, and returns the returned number.
TRANSACTION_KEY, NUMBER_KEY = "bill", "bill_number"
# More lines mean that the wrong column is mapped to the number; they would not fit into memory.
MAX_LINES = 1_000


@dataclass(slots=True)
class ImportedTransaction:
    """The rows of one transaction with the sale they form, or their faults by row number."""

    rows: Sequence[StagedRow]
    parsed: list[TransactionRow] = field(default_factory=list)
    sale: Sale | None = None
    repeats: int = 0
    faults: dict[int, list[Remark]] = field(default_factory=dict)

    @property
    def head(self) -> StagedRow:
        return self.rows[0]


@within_unit_of_work
def plan_rows(
    *, origin: Origin, import_id: int, reader: TransactionReader, rows: Sequence[Row]
) -> dict[str, int]:
    """Stage a chunk of rows under the first row of their transaction; return the error count.

    Rows without a number are errors at once. ``settle_transactions`` decides the others.
    """
    force_custom_plans()
    planned_rows: list[PlannedRow] = []
    keys: list[tuple[PlannedRow, list[Key]]] = []
    for row in rows:
        planned_row = PlannedRow(row.number, row.cells)
        planned_rows.append(planned_row)
        try:
            keys.append(
                (
                    planned_row,
                    [
                        (TRANSACTION_KEY, reader.build_key(row)),
                        (NUMBER_KEY, reader.get_number(row)),
                    ],
                )
            )
            reader.read(row)
        except UnreadableRow as error:
            planned_row.remarks = error.remarks
        else:
            planned_row.outcome = CREATE
    used_keys = slice(None) if reader.has_returned_numbers else slice(1)
    new_keys = _assign_heads(
        import_id, [(planned_row, row_keys[used_keys]) for planned_row, row_keys in keys]
    )
    stage_rows(import_id=import_id, rows=planned_rows, keys=new_keys.items())
    return {"error": sum(1 for planned_row in planned_rows if planned_row.head is None)}


def _assign_heads(import_id: int, rows: Sequence[tuple[PlannedRow, list[Key]]]) -> dict[Key, int]:
    """Assign each row the head of its transaction; return the keys that are new."""
    first_rows = find_first_rows(
        import_id=import_id, keys={key for _, keys in rows for key in keys}
    )
    new_keys: dict[Key, int] = {}
    for planned_row, keys in rows:
        for key in keys:
            if first_rows.setdefault(key, planned_row.number) == planned_row.number:
                new_keys[key] = planned_row.number
        planned_row.head = first_rows[keys[0]]
    return new_keys


@within_unit_of_work
def settle_transactions(
    *, origin: Origin, import_id: int, reader: TransactionReader, groups: Sequence[Group]
) -> dict[str, int]:
    """Decide whole transactions as entering them would; return the number of rows by outcome.

    A number that was entered before is skipped. The number of queries does not depend on the
    number of transactions.
    """
    too_long = {head: count for head, count in groups if count > MAX_LINES and reader.has_lines}
    remark = reader.column_of("number"), f"A transaction has at most {MAX_LINES:,} rows."
    refuse_groups(import_id=import_id, heads=too_long, remark=remark)
    heads = [head for head, _ in groups if head not in too_long]
    transactions = group_rows(reader, list_rows_of_groups(import_id=import_id, heads=heads))
    readable = [transaction for transaction in transactions if transaction.sale is not None]
    outcomes = plan_transactions(
        origin=origin, sales=[transaction.sale for transaction in readable if transaction.sale]
    )
    entered_by_head = {
        transaction.head.pk: outcome
        for transaction, outcome in zip(readable, outcomes, strict=True)
    }
    returned_rows = _find_returned_rows(import_id, reader, readable)
    settled: list[SettledRow] = []
    counts = {"create": 0, "skip": 0, "error": sum(too_long.values()), "bills": 0, "warned": 0}
    for transaction in transactions:
        rows = _settle_transaction(
            transaction, entered_by_head.get(transaction.head.pk), returned_rows, reader
        )
        settled += rows
        for row in rows:
            counts[row.outcome.lower()] += 1
        counts["bills"] += rows[0].outcome == CREATE
        counts["warned"] += rows[0].outcome == CREATE and len(rows[0].remarks) > 1
    # Rows without a remark stay as they were staged.
    settle_rows(rows=[row for row in settled if row.remarks])
    return counts


def group_rows(reader: TransactionReader, rows: Iterable[StagedRow]) -> list[ImportedTransaction]:
    """Group rows with the same head, and parse them."""
    transactions = [
        ImportedTransaction(list(group)) for _, group in groupby(rows, key=lambda row: row.head)
    ]
    for transaction in transactions:
        parsed_rows = transaction.rows if reader.has_lines else transaction.rows[:1]
        transaction.repeats = len(transaction.rows) - len(parsed_rows)
        for row in parsed_rows:
            try:
                transaction.parsed.append(reader.read(Row(row.number, row.cells)))
            except UnreadableRow as error:
                transaction.faults[row.number] = error.remarks
            if row.outcome == ERROR:
                # The row was malformed in the file itself; its remarks are staged already.
                transaction.faults.setdefault(row.number, [])
    group = reader.look_up([transaction.parsed for transaction in transactions])
    for transaction in transactions:
        if transaction.faults:
            continue
        try:
            transaction.sale = reader.build_sale(transaction.parsed, group)
        except RowsDiffer as difference:
            transaction.faults[difference.number] = [difference.remark]
        except UnreadableRow as error:
            transaction.faults[transaction.head.number] = error.remarks
    return transactions


def build_preview(sale: Sale) -> dict[str, object]:
    """Build the part of the preview that the run must find unchanged."""
    return {"type": sale.type, "customer": sale.customer_id}


def _settle_transaction(
    transaction: ImportedTransaction,
    outcome: TransactionResult | None,
    returned_rows: dict[Key, int],
    reader: TransactionReader,
) -> list[SettledRow]:
    rows, sale = transaction.rows, transaction.sale
    if sale is None or outcome is None:
        return _refuse_transaction(transaction, transaction.faults)
    refusal = outcome.refusal
    if isinstance(refusal, errors.TransactionKnown):
        return [SettledRow(row.pk, SKIP, [build_known_remark(refusal)]) for row in rows]
    remarks = [_describe_sale(sale), *build_notice_remarks(outcome.notices, reader.column_of)]
    if isinstance(refusal, errors.TransactionUnknown):
        # The returned transaction may be in an earlier row of the same file.
        number = returned_rows.get((NUMBER_KEY, str(sale.returned_number)))
        if number is not None and number < transaction.head.number:
            remarks.append(("", f"The returned transaction is in row {number}."))
            refusal = None
    if refusal is not None:
        return _refuse_transaction(
            transaction,
            {transaction.head.number: [build_refusal_remark(refusal, reader.column_of)]},
        )
    repeat_remark = ("", f"Same transaction as row {transaction.head.number}.")
    settled_rows = [SettledRow(transaction.head.pk, CREATE, remarks, build_preview(sale))]
    for position, row in enumerate(rows[1:], start=1):
        if position < len(rows) - transaction.repeats:
            settled_rows.append(SettledRow(row.pk, CREATE))
        else:
            settled_rows.append(SettledRow(row.pk, SKIP, [repeat_remark]))
    return settled_rows


def _refuse_transaction(
    transaction: ImportedTransaction, faults: dict[int, list[Remark]]
) -> list[SettledRow]:
    """Mark all rows as errors, with their own remark or that of the faulty row."""
    first = min(faults)
    other_remark = ("", f"Row {first} of this transaction has an error, so it is not imported.")
    return [
        SettledRow(row.pk, ERROR, faults.get(row.number, [other_remark]))
        for row in transaction.rows
    ]


def _find_returned_rows(
    import_id: int, reader: TransactionReader, transactions: Sequence[ImportedTransaction]
) -> dict[Key, int]:
    """Find the rows of this file with the returned transactions."""
    if not reader.has_returned_numbers:
        return {}
    sales = [
        transaction.sale
        for transaction in transactions
        if transaction.sale and transaction.sale.type == RETURN
    ]
    numbers = {(NUMBER_KEY, str(sale.returned_number)) for sale in sales if sale.returned_number}
    return find_first_rows(import_id=import_id, keys=numbers)


def _describe_sale(sale: Sale) -> Remark:
    type_name = {REGULAR: "A purchase", RETURN: "A return"}.get(
        sale.type, "A transaction of an unknown customer"
    )
    customer_name = f"of customer {sale.customer_id}" if sale.customer_id else "without a customer"
    amount = f", {sale.amount:,.2f}" if sale.amount is not None else ""
    lines = f", {len(sale.lines)} line{'s' * (len(sale.lines) != 1)}" if sale.lines else ""
    return "", f"{type_name} {customer_name}{amount}{lines}."
