"""The import of purchases and returns, with one row per line or per transaction.

Rows are grouped into transactions, wherever in the file they are, and each transaction is imported
with all its lines or not at all. One invalid line makes all its rows errors, so the file of failed
rows holds the whole transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from crm.imports.cells import says_no_value
from crm.imports.columns import Column
from crm.imports.drift import describe_changes
from crm.imports.file_import import (
    CREATE,
    ERROR,
    OUTCOMES_OF_DRY_RUN,
    Counts,
    FileImport,
    ImportOption,
    MappingFault,
)
from crm.imports.files.table import Row
from crm.imports.import_modes import NOT_KNOWN_YET, OUTSIDE_MODE
from crm.imports.key_claims import KeyClaims
from crm.imports.operations.staged_rows import (
    AppliedRow,
    Key,
    PlannedRow,
    Remark,
    SettledRow,
    mark_applied,
    mark_drifted,
    refuse_groups,
    settle_rows,
    stage_rows,
)
from crm.imports.parsed_rows import UnreadableRow
from crm.imports.queries.import_runs import Group, StagedRow, find_first_rows, list_rows_of_groups
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import CellFormats
from crm.imports.undo_context import UndoContext
from crm.kernel.ids import select_storable_ids
from crm.kernel.query_plans import force_custom_plans
from crm.kernel.staff_texts import StaffText, TextTemplate, staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.rules.text import is_writable
from loyalty import errors
from loyalty.imports import transaction_columns as c
from loyalty.imports.transaction_remarks import (
    CHANGED_SINCE_PREVIEW,
    build_known_remark,
    build_refusal_remark,
)
from loyalty.imports.transaction_sales import (
    MAX_CODE_LENGTH,
    NOT_INTERESTED,
    REGULAR,
    RETURN,
    RowsDiffer,
    SaleBuilder,
    TransactionMapping,
)
from loyalty.imports.transaction_settlement import (
    NUMBER_KEY,
    ImportedTransaction,
    SettlementContext,
    build_preview,
    settle_transaction,
)
from loyalty.imports.transaction_undo import ENTRIES, TIERS, undo_bills
from loyalty.operations.transactions.enter import enter_transactions, plan_transactions
from loyalty.operations.transactions.entries import TransactionResult
from loyalty.operations.undo.tiers import compare_tiers, load_tiers
from loyalty.operations.undo.transactions import list_entries
from loyalty.queries.entities import list_stores
from loyalty.queries.transactions.on_file import find_entered_sales
from loyalty.queries.transactions.settings import get_sale_settings
from loyalty.rules.transactions import MAX_NUMBER_LENGTH, Sale

TRANSACTIONS_ENTERED = TextTemplate(
    "{count:,} transactions were entered; {moved:,} of them moved points."
)
TRANSACTIONS_TO_CREATE = TextTemplate("The rows to create are {count:,} transactions.")
TRANSACTIONS_WITH_REMARK = TextTemplate("{count:,} transactions are imported with a remark.")
ROWS_NOT_IMPORTED = TextTemplate("{count:,} rows could no longer be imported; each has a remark.")
TOO_MANY_LINES = TextTemplate("A transaction has at most {most:,} rows.")

# The key by which rows find the first row of their transaction.
TRANSACTION_KEY = "bill"
# More lines mean that the wrong column is mapped to the number; they would not fit into memory.
MAX_LINES = 1_000


class TransactionImport(FileImport):
    """Enters transactions, with lookups per chunk instead of per row."""

    key = "transactions"
    singular = "transaction"
    plural = "transactions"
    permission = "loyalty.import_transactions"
    subject = "loyalty.transaction"
    example = ["InvoiceNo", "InvoiceDate", "CustomerID", "StockCode", "Quantity", "UnitPrice"]
    hints = [
        staff_text(
            "Rows with the same number, store and type are one "
            "transaction, wherever they are in the "
            "file. One invalid row prevents the whole transaction."
        ),
        staff_text("Purchases earn points, returns take them back. Import the customers first."),
        staff_text(
            "A number that was entered before is skipped, so the same file can be imported twice."
        ),
    ]
    mapping_class = TransactionMapping
    required_columns = [
        (c.NUMBER, staff_text("Map a column to the transaction number.")),
        (c.DATE, staff_text("Map a column to the date.")),
    ]
    required_cells = [(c.DATE, staff_text("This row has no date."))]
    is_grouped = True
    mapping: TransactionMapping

    def __init__(
        self, org: Organization, names: Sequence[str], mapping: TransactionMapping
    ) -> None:
        super().__init__(org, names, mapping)
        # Without a column for lines, each row is a whole transaction.
        self._has_lines = any(target.startswith(f"{c.LINE}.") for target in mapping.targets)
        self._has_returned_numbers = self.cells.has(c.RETURNED)

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return c.build_column_groups(get_sale_settings(org), formats)

    @classmethod
    def options(cls, org: Organization) -> Sequence[ImportOption]:
        stores = [(pk, name or code) for pk, code, name in list_stores(org_id=org.pk)]
        default_store = ImportOption(
            name="store_id",
            label=staff_text("Default store"),
            choices=stores,
            blank=staff_text("None"),
        )
        return [
            *([default_store] if stores else []),
            ImportOption(
                name="anonymous",
                label=staff_text("Rows without a customer"),
                choices=[
                    (NOT_INTERESTED, "are transactions of unknown customers"),
                    # A purchase needs a customer, so these rows are refused.
                    (REGULAR, "are errors"),
                ],
            ),
            ImportOption(name="returns_by_c", label=staff_text("Numbers like C536379 are returns")),
        ]

    @classmethod
    def guess_options(
        cls, org: Organization, names: Sequence[str], targets: Sequence[str]
    ) -> dict[str, Any]:
        # The type column, if there is one, is more reliable than the number.
        return {"returns_by_c": c.TYPE not in targets}

    @classmethod
    def faults(cls, mapping: TransactionMapping) -> Iterable[MappingFault]:
        yield from super().faults(mapping)
        amounts = {c.AMOUNT, f"{c.LINE}.{c.RATE}", f"{c.LINE}.{c.LINE_AMOUNT}"}
        if not amounts & {*mapping.targets}:
            yield (
                "",
                staff_text(
                    "Map a column to an amount: transaction amount, line amount or unit price."
                ),
            )

    @classmethod
    def facts(cls, dry_run_counts: Counts, apply_counts: Counts) -> list[str]:
        facts: list[str] = []
        if apply_counts:
            facts.append(
                TRANSACTIONS_ENTERED(
                    count=apply_counts.get("bills", 0), moved=apply_counts.get("points", 0)
                )
            )
        elif transaction_count := dry_run_counts.get("bills", 0):
            facts.append(TRANSACTIONS_TO_CREATE(count=transaction_count))
        if warned_count := dry_run_counts.get("warned", 0):
            facts.append(TRANSACTIONS_WITH_REMARK(count=warned_count))
        if drifted_count := apply_counts.get("drifted", 0):
            facts.append(ROWS_NOT_IMPORTED(count=drifted_count))
        return facts

    @within_unit_of_work
    def plan_rows(self, *, origin: Origin, import_id: int, rows: Sequence[Row]) -> dict[str, int]:
        """Stage a chunk of rows under the first row of their transaction; return the error count.

        Rows without a number are errors at once. ``settle_groups`` decides the others.
        """
        force_custom_plans()
        planned_rows: list[PlannedRow] = []
        keys: list[tuple[PlannedRow, list[Key]]] = []
        for row in rows:
            planned_row = PlannedRow(row.number, row.cells)
            planned_rows.append(planned_row)
            try:
                keys.append((planned_row, self._list_keys(row)))
                planned_row.remarks = self.read(row).ignored
            except UnreadableRow as error:
                planned_row.remarks = error.remarks
            else:
                planned_row.outcome = CREATE
        claims = KeyClaims(import_id)
        claims.look_up({key for _, row_keys in keys for key in row_keys})
        for planned_row, row_keys in keys:
            claims.claim(row_keys, planned_row.number)
            planned_row.head = claims.get_first_row(row_keys[0])
        stage_rows(import_id=import_id, rows=planned_rows, keys=claims.new.items())
        return {"error": sum(1 for planned_row in planned_rows if planned_row.head is None)}

    def _list_keys(self, row: Row) -> list[Key]:
        """Return the key that all rows of one transaction share, valid or not, and its number.

        Returns find the returned transaction by its number.

        Raises:
            UnreadableRow: the row has no valid number or store.
        """
        number = self.cells.get_text(row, c.NUMBER)
        store = self.cells.get_text(row, c.STORE)
        if says_no_value(number):
            raise UnreadableRow(
                [(self.column_of(c.NUMBER), staff_text("This row has no transaction number."))]
            )
        if len(number) > MAX_NUMBER_LENGTH or not is_writable(number):
            raise UnreadableRow(
                [(self.column_of(c.NUMBER), staff_text("Invalid transaction number."))]
            )
        if len(store) > MAX_CODE_LENGTH or not is_writable(store):
            raise UnreadableRow([(self.column_of(c.STORE), staff_text("There is no such store."))])
        type_ = self.cells.get_text(row, c.TYPE)[:20].casefold()
        keys = [(TRANSACTION_KEY, f"{number}\n{store}\n{type_}")]
        return [*keys, (NUMBER_KEY, number)] if self._has_returned_numbers else keys

    @within_unit_of_work
    def settle_groups(
        self, *, origin: Origin, import_id: int, groups: Sequence[Group]
    ) -> dict[str, int]:
        """Decide whole transactions as entering them would; return the number of rows by outcome.

        A number that was entered before is skipped. The number of queries does not depend on the
        number of transactions.
        """
        too_long = {head: count for head, count in groups if count > MAX_LINES and self._has_lines}
        remark = self.column_of(c.NUMBER), TOO_MANY_LINES(most=MAX_LINES)
        refuse_groups(import_id=import_id, heads=too_long, remark=remark)
        heads = [head for head, _ in groups if head not in too_long]
        transactions = self._group_rows(list_rows_of_groups(import_id=import_id, heads=heads))
        sales = {item.head.pk: item.sale for item in transactions if item.sale is not None}
        outcomes = dict(
            zip(sales, plan_transactions(origin=origin, sales=[*sales.values()]), strict=True)
        )
        context = SettlementContext(
            self.column_of,
            self.mode,
            self._find_returned_rows(import_id, transactions),
            _find_entered_sales(origin, outcomes.values()),
        )
        counts = {outcome.lower(): 0 for outcome in OUTCOMES_OF_DRY_RUN}
        counts |= {OUTSIDE_MODE: 0, "error": sum(too_long.values()), "bills": 0, "warned": 0}
        settled: list[SettledRow] = []
        for transaction in transactions:
            outcome = outcomes.get(transaction.head.pk)
            rows = settle_transaction(transaction, outcome, context)
            settled += rows
            for row in rows:
                counts[row.outcome.lower()] += 1
                counts[OUTSIDE_MODE] += ("", NOT_KNOWN_YET) in row.remarks
            counts["bills"] += rows[0].outcome == CREATE
            counts["warned"] += rows[0].outcome == CREATE and len(rows[0].remarks) > 1
        # Rows without a remark stay as they were staged.
        settle_rows(rows=[row for row in settled if row.remarks])
        return counts

    def _find_returned_rows(
        self, import_id: int, transactions: Sequence[ImportedTransaction]
    ) -> dict[Key, int]:
        """Find the rows of this file with the returned transactions."""
        if not self._has_returned_numbers:
            return {}
        returns = [item.sale for item in transactions if item.sale and item.sale.type == RETURN]
        numbers = {str(sale.returned_number) for sale in returns if sale.returned_number}
        keys = {(NUMBER_KEY, number) for number in numbers}
        return find_first_rows(import_id=import_id, keys=keys)

    @within_unit_of_work
    def apply_rows(self, *, origin: Origin, rows: Sequence[StagedRow]) -> dict[str, int]:
        """Enter whole transactions as staged; return the number of rows entered and changed.

        A transaction whose customer has changed since, or that is refused by now, is not entered;
        its rows get a remark.
        """
        force_custom_plans()
        subject_ids: dict[int, int] = {}
        remarks: dict[int, list[Remark]] = {}
        to_enter = []
        for transaction in self._group_rows(rows):
            sale = transaction.sale
            if sale is not None and build_preview(sale) == transaction.head.after:
                to_enter.append((transaction, sale))
            else:
                remarks |= transaction.remark_all(*_describe_drift(transaction))
        buyers = {sale.customer_id for _, sale in to_enter if sale.customer_id is not None}
        lock_customers(buyers)
        tiers = load_tiers(buyers)
        outcomes = enter_transactions(origin=origin, sales=[sale for _, sale in to_enter])
        for (transaction, _), outcome in zip(to_enter, outcomes, strict=True):
            refusal = outcome.refusal
            if refusal is None:
                subject_ids |= {row.pk: outcome.transaction_id or 0 for row in transaction.rows}
            elif isinstance(refusal, errors.TransactionKnown):
                remarks |= transaction.remark_all(build_known_remark(refusal))
            else:
                remarks |= transaction.remark_all(build_refusal_remark(refusal, self.column_of))
        trails = _build_trails(to_enter, subject_ids, compare_tiers(tiers, load_tiers(buyers)))
        mark_applied(
            rows=[AppliedRow(pk, subject, trails.get(pk)) for pk, subject in subject_ids.items()]
        )
        mark_drifted(remarks=sorted(remarks.items()))
        return {
            "create": len(subject_ids),
            "drifted": len(remarks),
            "bills": sum(1 for outcome in outcomes if outcome.refusal is None),
            "points": sum(1 for outcome in outcomes if outcome.points_result is not None),
        }

    def undo_rows(self, *, context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
        return undo_bills(context, rows)

    def _group_rows(self, rows: Iterable[StagedRow]) -> list[ImportedTransaction]:
        """Group rows with the same head, and combine each group into a sale."""
        transactions = [
            self._parse_group(list(group)) for _, group in groupby(rows, key=lambda row: row.head)
        ]
        builder = SaleBuilder(
            self.org,
            self.mapping,
            self.column_of,
            [row for transaction in transactions for row in transaction.parsed],
        )
        for transaction in transactions:
            if transaction.faults:
                continue
            try:
                transaction.sale = builder.build(transaction.parsed)
            except RowsDiffer as difference:
                transaction.faults[difference.number] = [difference.remark]
            except UnreadableRow as error:
                transaction.faults[transaction.head.number] = error.remarks
        return transactions

    def _parse_group(self, rows: Sequence[StagedRow]) -> ImportedTransaction:
        transaction = ImportedTransaction(rows)
        parsed_rows = rows if self._has_lines else rows[:1]
        transaction.repeats = len(rows) - len(parsed_rows)
        for row in parsed_rows:
            try:
                transaction.parsed.append(self.read(Row(row.number, row.cells)))
            except UnreadableRow as error:
                transaction.faults[row.number] = error.remarks
            if row.outcome == ERROR:
                # The row was malformed in the file itself; its remarks are staged already.
                transaction.faults.setdefault(row.number, [])
        return transaction


def _build_trails(
    entered: Sequence[tuple[ImportedTransaction, Sale]],
    subject_ids: Mapping[int, int],
    tiers: dict[int, list[dict[str, Any]]],
) -> dict[int, dict[str, Any]]:
    """Return what the first row of each bill keeps for its undo: its entries and a new tier.

    A change of tier is kept with the customer's first bill of the chunk.
    """
    entries = list_entries(set(subject_ids.values()))
    trails: dict[int, dict[str, Any]] = {}
    for transaction, sale in entered:
        pk = transaction.head.pk
        if pk not in subject_ids:
            continue
        trail: dict[str, Any] = {}
        if posted := entries.get(subject_ids[pk]):
            trail[ENTRIES] = posted
        if lifted := tiers.pop(sale.customer_id or 0, None):
            trail[TIERS] = lifted
        if trail:
            trails[pk] = trail
    return trails


def _find_entered_sales(
    origin: Origin, outcomes: Iterable[TransactionResult]
) -> dict[int, tuple[int | None, datetime, Decimal]]:
    refusals = [outcome.refusal for outcome in outcomes]
    known = {
        int(refusal.facts.get("transaction_id") or 0)
        for refusal in refusals
        if isinstance(refusal, errors.TransactionKnown)
    }
    return find_entered_sales(org_id=origin.org.pk, ids=select_storable_ids(known))


def _describe_drift(transaction: ImportedTransaction) -> list[Remark]:
    """Say what of a transaction is not as in the preview."""
    if transaction.sale is None:
        faults = [remark for remarks in transaction.faults.values() for remark in remarks]
        return [("", CHANGED_SINCE_PREVIEW), *faults]
    then = transaction.head.after or {}
    return [("", CHANGED_SINCE_PREVIEW), *describe_changes(then, build_preview(transaction.sale))]
