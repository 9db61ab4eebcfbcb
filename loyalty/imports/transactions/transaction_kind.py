"""The import type for transactions."""

from collections.abc import Iterable, Mapping, Sequence

from crm.imports.column_mapping import (
    guess_day_first,
    guess_decimal_comma,
    guess_targets,
    strip_sample,
)
from crm.imports.columns import Column
from crm.imports.customer_columns import REPEATABLE_KINDS
from crm.imports.import_kinds import Counts, ImportKind, ImportOption, MappingFault
from crm.tenancy.models import Organization
from loyalty.imports.transactions import transaction_columns as c
from loyalty.imports.transactions.transaction_apply import apply_rows
from loyalty.imports.transactions.transaction_plan import plan_rows, settle_transactions
from loyalty.imports.transactions.transaction_rows import NOT_INTERESTED, REGULAR, TransactionReader
from loyalty.queries.import_lookups import list_stores
from loyalty.queries.transactions.settings import get_sale_settings


def _list_columns(org: Organization, mapping: c.TransactionMapping) -> Mapping[str, Column]:
    return c.build_columns(get_sale_settings(org), mapping)


def _guess_mapping(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> c.TransactionMapping:
    texts = strip_sample(sample)
    columns = _list_columns(org, c.TransactionMapping(targets=())).values()
    return c.TransactionMapping(
        targets=guess_targets(names, texts, columns),
        defaults=[""] * len(names),
        day_first=guess_day_first(texts, org.default_country),
        decimal_comma=guess_decimal_comma(texts),
        # The type column, if there is one, is more reliable than the number.
        returns_by_c=c.TYPE not in guess_targets(names, texts, columns),
    )


def _list_options(org: Organization) -> Sequence[ImportOption]:
    stores = [(pk, name or code) for pk, code, name in list_stores(org_id=org.pk)]
    options = [
        ImportOption(
            name="anonymous",
            label="Rows without a customer",
            choices=[
                (NOT_INTERESTED, "are transactions of unknown customers"),
                # A purchase needs a customer, so these rows are refused.
                (REGULAR, "are errors"),
            ],
        ),
        ImportOption(name="returns_by_c", label="Numbers like C536379 are returns"),
    ]
    if stores:
        options.insert(
            0,
            ImportOption(name="store_id", label="Default store", choices=stores, blank="None"),
        )
    return options


def _list_faults(mapping: c.TransactionMapping) -> Iterable[MappingFault]:
    targets = set(mapping.targets)
    if c.NUMBER not in targets:
        yield "", "Map a column to the transaction number."
    if c.DATE not in targets:
        yield "", "Map a column to the date."
    amounts = {c.AMOUNT, f"{c.LINE}.{c.RATE}", f"{c.LINE}.{c.LINE_AMOUNT}"}
    if not amounts & targets:
        yield "", "Map a column to an amount: transaction amount, line amount or unit price."


def _build_reader(
    org: Organization, names: Sequence[str], mapping: c.TransactionMapping
) -> TransactionReader:
    return TransactionReader(org=org, names=names, mapping=mapping)


def _list_facts(dry_run_counts: Counts, apply_counts: Counts) -> list[str]:
    facts = []
    if apply_counts:
        facts.append(
            f"{apply_counts.get('bills', 0):,} transactions were entered; "
            f"{apply_counts.get('points', 0):,} of them moved points."
        )
    elif transaction_count := dry_run_counts.get("bills", 0):
        facts.append(f"The rows to create are {transaction_count:,} transactions.")
    if warned_count := dry_run_counts.get("warned", 0):
        facts.append(f"{warned_count:,} transactions are imported with a remark.")
    if changed_count := apply_counts.get("changed", 0):
        facts.append(f"{changed_count:,} rows could no longer be imported; each has a remark.")
    return facts


TRANSACTIONS = ImportKind(
    key="transactions",
    singular="transaction",
    plural="transactions",
    permission="loyalty.import_transactions",
    subject="loyalty.transaction",
    example=["InvoiceNo", "InvoiceDate", "CustomerID", "StockCode", "Quantity", "UnitPrice"],
    hints=[
        "Rows with the same number, store and type are one transaction, wherever they are in the "
        "file. One invalid row prevents the whole transaction.",
        "Purchases earn points, returns take them back. Import the customers first.",
        "A number that was entered before is skipped, so the same file can be imported twice.",
    ],
    mapping=c.TransactionMapping,
    guess=_guess_mapping,
    columns=_list_columns,
    options=_list_options,
    faults=_list_faults,
    reader=_build_reader,
    plan_rows=plan_rows,
    settle_groups=settle_transactions,
    apply_rows=apply_rows,
    facts=_list_facts,
    repeatable=REPEATABLE_KINDS,
)
