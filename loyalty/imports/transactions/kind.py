"""Transactions as a kind of import: what the pages ask and offer, and who does the work."""

from collections.abc import Iterable, Mapping, Sequence

from crm.importing.columns import Column
from crm.importing.kinds import Counts, Fault, ImportKind, Option
from crm.importing.mapping import guess_targets, has_decimal_comma, is_day_first, texts_of
from crm.importing.whom import REPEATABLE
from crm.tenancy.models import Organization
from loyalty.imports.transactions import columns as c
from loyalty.imports.transactions.apply import apply_rows
from loyalty.imports.transactions.plan import plan_rows, settle_bills
from loyalty.imports.transactions.reading import NOT_INTERESTED, REGULAR, TransactionReader
from loyalty.queries.import_lookups import list_stores
from loyalty.queries.sale_standards import get_sale_standards


def _columns(org: Organization, reading: c.Reading) -> Mapping[str, Column]:
    return c.columns_of(get_sale_standards(org), reading)


def _guess(org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]) -> c.Reading:
    texts = texts_of(sample)
    columns = _columns(org, c.Reading(targets=())).values()
    return c.Reading(
        targets=guess_targets(names, texts, columns),
        defaults=[""] * len(names),
        day_first=is_day_first(texts, org.default_country),
        decimal_comma=has_decimal_comma(texts),
        # A type says it better than a letter, where there is one.
        returns_by_c=c.TYPE not in guess_targets(names, texts, columns),
    )


def _options(org: Organization) -> Sequence[Option]:
    stores = [(pk, name or code) for pk, code, name in list_stores(org_id=org.pk)]
    asked = [
        Option(
            name="anonymous",
            label="Rows that name no customer",
            choices=[
                (NOT_INTERESTED, "are sales without interest"),
                # A purchase needs somebody: such rows are refused, with this as the reason.
                (REGULAR, "are errors"),
            ],
        ),
        Option(name="returns_by_c", label="Numbers like C536379 are returns"),
    ]
    if stores:
        asked.insert(
            0,
            Option(
                name="store_id", label="Store of rows that name none", choices=stores, blank="None"
            ),
        )
    return asked


def _faults(reading: c.Reading) -> Iterable[Fault]:
    targets = set(reading.targets)
    if c.NUMBER not in targets:
        yield "", "Choose the column that holds the numbers of transactions."
    if c.DATE not in targets:
        yield "", "Choose the column that holds the date."
    amounts = {c.AMOUNT, f"{c.LINE}.{c.RATE}", f"{c.LINE}.{c.LINE_AMOUNT}"}
    if not amounts & targets:
        yield "", "Choose an amount: of the whole, of the line, or the price of one."


def _reader(org: Organization, names: Sequence[str], reading: c.Reading) -> TransactionReader:
    return TransactionReader(org=org, names=names, reading=reading)


def _facts(checked: Counts, done: Counts) -> list[str]:
    facts = []
    if done:
        facts.append(
            f"{done.get('bills', 0):,} transactions were entered; "
            f"{done.get('points', 0):,} of them moved points."
        )
    elif bills := checked.get("bills", 0):
        facts.append(f"The rows to create are {bills:,} transactions.")
    if warned := checked.get("warned", 0):
        facts.append(f"{warned:,} transactions go in with a remark.")
    if changed := done.get("changed", 0):
        facts.append(f"{changed:,} rows could no longer go in; each says why.")
    return facts


TRANSACTIONS = ImportKind(
    key="transactions",
    singular="transaction",
    plural="transactions",
    permission="loyalty.import_transactions",
    subject="loyalty.transaction",
    example=["InvoiceNo", "InvoiceDate", "CustomerID", "StockCode", "Quantity", "UnitPrice"],
    hints=[
        "Rows with the same number (and store and type) are one transaction, wherever they stand; "
        "one that cannot be read keeps all of it out.",
        "Purchases of members earn points, returns take them back. Bring customers in first.",
        "A number that was entered before is skipped, so the same file may come twice.",
    ],
    reading=c.Reading,
    guess=_guess,
    columns=_columns,
    options=_options,
    faults=_faults,
    reader=_reader,
    plan_rows=plan_rows,
    settle_groups=settle_bills,
    apply_rows=apply_rows,
    facts=_facts,
    repeatable=REPEATABLE,
)
