"""The dry run of transactions: rows are gathered into bills, then each bill is decided as a whole.

A bill goes in with all its lines or not at all, wherever in the file they stand: one line that
cannot be read makes errors of all, so that the file of failed rows holds the whole bill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from crm.importing.row_cells import Unreadable
from crm.kernel.planning import plan_for_growing_tables
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRow
from crm.runs.operations.staging import (
    Decided,
    Key,
    Remark,
    Settled,
    refuse_groups,
    settle_rows,
    stage_rows,
)
from crm.runs.queries.imports import Group, StagedRow, find_first_rows, list_rows_of_groups
from crm.runs.reading.table import Row
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.imports.transactions.reading import (
    REGULAR,
    RETURN,
    RowsDiffer,
    Said,
    TransactionReader,
)
from loyalty.imports.transactions.sentences import known, noticed, refused
from loyalty.operations.transacting import Entered, plan_transactions
from loyalty.rules.transactions import Sale

CREATE, UPDATE, SKIP, ERROR = ImportRow.Outcome.values
# The keys under which rows find the first one of their bill, and returns the bill's number.
BILL, NUMBER = "bill", "bill_number"
# A bill of more lines is a column taken for the number, and would not fit into memory.
MOST_LINES = 1_000


@dataclass(slots=True)
class Bill:
    """Rows of one transaction, what they say together, or why they cannot go in."""

    rows: Sequence[StagedRow]
    said: list[Said] = field(default_factory=list)
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
    """Stage a chunk of rows under the first row of their bill; return what needs no bill.

    Rows without a number are errors at once. The others are decided by ``settle_bills``.
    """
    plan_for_growing_tables()
    decided: list[Decided] = []
    keys: list[tuple[Decided, list[Key]]] = []
    for row in rows:
        line = Decided(row.number, row.cells)
        decided.append(line)
        try:
            keys.append((line, [(BILL, reader.key_of(row)), (NUMBER, reader.number_of(row))]))
            reader.read(row)
        except Unreadable as unreadable:
            line.remarks = unreadable.remarks
        else:
            line.outcome = CREATE
    wanted = slice(None) if reader.names_bills else slice(1)
    new = _gather(import_id, [(line, found[wanted]) for line, found in keys])
    stage_rows(import_id=import_id, rows=decided, keys=new.items())
    return {"error": sum(1 for line in decided if line.head is None)}


def _gather(import_id: int, rows: Sequence[tuple[Decided, list[Key]]]) -> dict[Key, int]:
    """Give each row the head of its bill; return the keys that stand here for the first time."""
    first = find_first_rows(import_id=import_id, keys={key for _, keys in rows for key in keys})
    new: dict[Key, int] = {}
    for line, keys in rows:
        for key in keys:
            if first.setdefault(key, line.number) == line.number:
                new[key] = line.number
        line.head = first[keys[0]]
    return new


@within_unit_of_work
def settle_bills(
    *, origin: Origin, import_id: int, reader: TransactionReader, groups: Sequence[Group]
) -> dict[str, int]:
    """Decide whole bills as entering them would; return how many rows come to what.

    A number that was entered before is skipped. The number of queries does not depend on that of
    the bills.
    """
    too_long = {head: count for head, count in groups if count > MOST_LINES and reader.has_lines}
    remark = reader.column_of("number"), f"A transaction has at most {MOST_LINES:,} rows."
    refuse_groups(import_id=import_id, heads=too_long, remark=remark)
    heads = [head for head, _ in groups if head not in too_long]
    bills = gather(reader, list_rows_of_groups(import_id=import_id, heads=heads))
    whole = [bill for bill in bills if bill.sale is not None]
    outcomes = plan_transactions(origin=origin, sales=[bill.sale for bill in whole if bill.sale])
    entered = {bill.head.pk: outcome for bill, outcome in zip(whole, outcomes, strict=True)}
    later = _find_bills_of_returns(import_id, reader, whole)
    settled: list[Settled] = []
    counts = {"create": 0, "skip": 0, "error": sum(too_long.values()), "bills": 0, "warned": 0}
    for bill in bills:
        rows = _settle(bill, entered.get(bill.head.pk), later, reader)
        settled += rows
        for row in rows:
            counts[row.outcome.lower()] += 1
        counts["bills"] += rows[0].outcome == CREATE
        counts["warned"] += rows[0].outcome == CREATE and len(rows[0].remarks) > 1
    # What has no remark stands there already: as it was staged, with the reason it was given.
    settle_rows(rows=[row for row in settled if row.remarks])
    return counts


def gather(reader: TransactionReader, rows: Iterable[StagedRow]) -> list[Bill]:
    """Put rows together that have the same head, and read what they say."""
    bills = [Bill(list(found)) for _, found in groupby(rows, key=lambda row: row.head)]
    for bill in bills:
        mine = bill.rows if reader.has_lines else bill.rows[:1]
        bill.repeats = len(bill.rows) - len(mine)
        for row in mine:
            try:
                bill.said.append(reader.read(Row(row.number, row.cells)))
            except Unreadable as unreadable:
                bill.faults[row.number] = unreadable.remarks
            if row.outcome == ERROR:
                # A row whose damage only the file shows: its remarks are staged already.
                bill.faults.setdefault(row.number, [])
    found = reader.look_up([bill.said for bill in bills])
    for bill in bills:
        if bill.faults:
            continue
        try:
            bill.sale = reader.bill_of(bill.said, found)
        except RowsDiffer as differ:
            bill.faults[differ.number] = [differ.remark]
        except Unreadable as unreadable:
            bill.faults[bill.head.number] = unreadable.remarks
    return bills


def shown(sale: Sale) -> dict[str, object]:
    """What the preview says of a bill, and the run must find again."""
    return {"type": sale.type, "customer": sale.customer_id}


def _settle(
    bill: Bill, entered: Entered | None, later: dict[Key, int], reader: TransactionReader
) -> list[Settled]:
    rows, sale = bill.rows, bill.sale
    if sale is None or entered is None:
        return _refuse(bill, bill.faults)
    refusal = entered.refusal
    if isinstance(refusal, errors.TransactionKnown):
        return [Settled(row.pk, SKIP, [known(refusal)]) for row in rows]
    remarks = [_in_words(sale), *noticed(entered.notices, reader.column_of)]
    if isinstance(refusal, errors.TransactionUnknown):
        # The bill may come with an earlier row of this very file.
        number = later.get((NUMBER, str(sale.returned_number)))
        if number is not None and number < bill.head.number:
            remarks.append(("", f"The bill that it returns is in row {number}."))
            refusal = None
    if refusal is not None:
        return _refuse(bill, {bill.head.number: [refused(refusal, reader.column_of)]})
    repeated = ("", f"Same transaction as row {bill.head.number}.")
    settled = [Settled(bill.head.pk, CREATE, remarks, shown(sale))]
    for place, row in enumerate(rows[1:], start=1):
        if place < len(rows) - bill.repeats:
            settled.append(Settled(row.pk, CREATE))
        else:
            settled.append(Settled(row.pk, SKIP, [repeated]))
    return settled


def _refuse(bill: Bill, faults: dict[int, list[Remark]]) -> list[Settled]:
    """Errors, all of them: with their own reason, or with the row that has it."""
    first = min(faults)
    others = ("", f"Row {first} of this transaction has an error, so none of it goes in.")
    return [Settled(row.pk, ERROR, faults.get(row.number, [others])) for row in bill.rows]


def _find_bills_of_returns(
    import_id: int, reader: TransactionReader, bills: Sequence[Bill]
) -> dict[Key, int]:
    """In which rows of this file the bills stand that come back."""
    if not reader.names_bills:
        return {}
    sales = [bill.sale for bill in bills if bill.sale and bill.sale.type == RETURN]
    numbers = {(NUMBER, str(sale.returned_number)) for sale in sales if sale.returned_number}
    return find_first_rows(import_id=import_id, keys=numbers)


def _in_words(sale: Sale) -> Remark:
    what = {REGULAR: "A purchase", RETURN: "A return"}.get(sale.type, "A sale without interest")
    whose = f"of customer {sale.customer_id}" if sale.customer_id else "of nobody known"
    amount = f", {sale.amount:,.2f}" if sale.amount is not None else ""
    lines = f", {len(sale.lines)} line{'s' * (len(sale.lines) != 1)}" if sale.lines else ""
    return "", f"{what} {whose}{amount}{lines}."
