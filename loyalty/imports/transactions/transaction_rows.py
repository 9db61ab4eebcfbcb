"""Parse the rows of a transaction import, and combine the rows of one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.imports.cell_reader import CellReader, UnreadableRow
from crm.imports.columns import Column
from crm.imports.customer_columns import (
    IDENTIFIER,
    CustomerLookup,
    IdentifierOwners,
    read_customer_lookup,
)
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import Remark
from crm.tenancy.models import Organization
from customers.queries.customers.import_lookups import find_tills
from customers.rules.text import is_writable
from loyalty.imports.transactions import transaction_columns as c
from loyalty.queries.import_lookups import find_stores
from loyalty.queries.transactions.settings import get_sale_settings
from loyalty.rules.amounts import THOUSANDTH, ZERO
from loyalty.rules.transactions import MAX_NUMBER_LENGTH, Sale, SaleLine

REGULAR, NOT_INTERESTED, RETURN = "REGULAR", "NOT_INTERESTED", "RETURN"
MAX_CODE_LENGTH = 100


@dataclass(slots=True)
class TransactionRow:
    """One parsed row."""

    number: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    extended: dict[str, Any] = field(default_factory=dict)
    line: dict[str, Any] = field(default_factory=dict)
    line_fields: dict[str, Any] = field(default_factory=dict)
    lookup: CustomerLookup = field(default_factory=CustomerLookup)


class RowsDiffer(Exception):
    """A row differs from the first row of its transaction."""

    def __init__(self, number: int, remark: Remark) -> None:
        super().__init__(number, remark)
        self.number = number
        self.remark = remark


class TransactionReader:
    """Parses the rows of one file, with lookups per chunk instead of per row."""

    def __init__(
        self, *, org: Organization, names: Sequence[str], mapping: c.TransactionMapping
    ) -> None:
        self._org = org
        self._mapping = mapping
        self._zone = org.zone
        self._cells: CellReader[TransactionRow] = CellReader(
            names=names,
            mapping=mapping,
            columns=c.build_columns(get_sale_settings(org), mapping),
            get_setter=_get_setter,
        )
        self.column_of = self._cells.column_of
        # Without a column for lines, each row is a whole transaction.
        self.has_lines = any(target.startswith(f"{c.LINE}.") for target in mapping.targets)
        self.has_returned_numbers = self._cells.has(c.RETURNED)

    def build_key(self, row: Row) -> str:
        """Return a key that all rows of one transaction share, valid or not.

        Raises:
            UnreadableRow: the row has no valid number or store.
        """
        number, store = self.get_number(row), self._cells.get_text(row, c.STORE)
        if not number:
            raise UnreadableRow([(self.column_of(c.NUMBER), "This row has no transaction number.")])
        if len(number) > MAX_NUMBER_LENGTH or not is_writable(number):
            raise UnreadableRow([(self.column_of(c.NUMBER), "Invalid transaction number.")])
        if len(store) > MAX_CODE_LENGTH or not is_writable(store):
            raise UnreadableRow([(self.column_of(c.STORE), "There is no such store.")])
        return f"{number}\n{store}\n{self._cells.get_text(row, c.TYPE)[:20].casefold()}"

    def get_number(self, row: Row) -> str:
        return self._cells.get_text(row, c.NUMBER)

    def read(self, row: Row) -> TransactionRow:
        """Parse a row by itself.

        Raises:
            UnreadableRow: with a remark for each invalid cell.
        """
        parsed = TransactionRow(row.number)
        remarks = self._cells.read(row, parsed)
        if not remarks and c.DATE not in parsed.values:
            remarks.append((self.column_of(c.DATE), "This row has no date."))
        try:
            parsed.lookup = read_customer_lookup(self._org, parsed.identifiers, self.column_of)
        except ValueError as error:
            remarks.append(error.args)
        if remarks:
            raise UnreadableRow(remarks)
        return parsed

    def look_up(self, bills: Sequence[Sequence[TransactionRow]]) -> "Lookups":
        """Look up the customers, stores and tills of a chunk, with at most three queries."""
        rows = [row for bill in bills for row in bill]
        stores = {row.values[c.STORE] for row in rows if c.STORE in row.values}
        tills = {row.values[c.TILL] for row in rows if c.TILL in row.values}
        return Lookups(
            IdentifierOwners(self._org.pk, [row.lookup for row in rows]),
            find_stores(org_id=self._org.pk, codes=stores),
            find_tills(
                org_id=self._org.pk, codes={code for code in tills if len(code) <= MAX_CODE_LENGTH}
            ),
        )

    def build_sale(self, rows: Sequence[TransactionRow], lookups: "Lookups") -> Sale:
        """Combine the rows of a transaction; the first row with a value wins.

        Raises:
            RowsDiffer: a row has another customer, day or transaction amount.
            UnreadableRow: there is no such customer, store or till.
        """
        for row in rows[1:]:
            self._compare(rows[0], row)
        values: dict[str, Any] = {}
        for row in reversed(rows):
            values |= row.values
        values[c.DATE] = rows[0].values[c.DATE]
        customer_id = self._find_customer(rows, lookups)
        lines = [_build_line(row) for row in rows if row.line]
        total = values.get(c.AMOUNT)
        if total is None and lines:
            total = sum((_calculate_amount(line) for line in lines), ZERO) - values.get(
                c.DISCOUNT, ZERO
            )
        type_ = self._decide_type(values, customer_id, total)
        discount = values.get(c.DISCOUNT, ZERO)
        if type_ == RETURN and total is not None and total < 0:
            # Amounts are stored positive in both directions.
            total, discount = -total, abs(discount)
            if sum((_calculate_amount(line) for line in lines), ZERO) < 0:
                lines = [_reverse_line(line) for line in lines]
        return Sale(
            number=values[c.NUMBER],
            type=type_,
            customer_id=customer_id,
            store_id=self._find_entity(values, c.STORE, lookups.stores, "store")
            or self._mapping.store_id,
            till_id=self._find_entity(values, c.TILL, lookups.tills, "till"),
            billed_at=values[c.DATE],
            amount=total,
            discount=discount,
            notes=values.get(c.NOTES, ""),
            custom_fields=_merge_first([row.custom for row in rows]),
            extended_fields=_merge_first([row.extended for row in rows]),
            lines=lines,
            returned_number=values.get(c.RETURNED, "") if type_ == RETURN else "",
        )

    def _compare(self, first: TransactionRow, row: TransactionRow) -> None:
        days = [
            row_values.values[c.DATE].astimezone(self._zone).date() for row_values in (first, row)
        ]
        if days[0] != days[1]:
            raise RowsDiffer(row.number, self._build_difference(c.DATE, "day", first.number))
        if row.lookup.keys and first.lookup.keys != row.lookup.keys:
            target = f"{IDENTIFIER}.{row.lookup.keys[0][0]}"
            raise RowsDiffer(row.number, self._build_difference(target, "customer", first.number))
        amount = row.values.get(c.AMOUNT)
        if amount is not None and first.values.get(c.AMOUNT) != amount:
            raise RowsDiffer(row.number, self._build_difference(c.AMOUNT, "amount", first.number))

    def _build_difference(self, target: str, subject: str, number: int) -> Remark:
        sentence = f"Row {number} has another {subject} for this transaction."
        return self.column_of(target), sentence

    def _find_customer(self, rows: Sequence[TransactionRow], lookups: "Lookups") -> int | None:
        customer = lookups.owners.find_customer(rows[0].lookup, self.column_of)
        if isinstance(customer, tuple):
            raise UnreadableRow([customer])
        return customer

    def _decide_type(
        self, values: dict[str, Any], customer_id: int | None, total: Decimal | None
    ) -> str:
        stated_type: str | None = values.get(c.TYPE)
        if stated_type is not None:
            return stated_type
        number: str = values[c.NUMBER]
        is_return = number[:1] in ("C", "c") and number[1:2].isdecimal()
        if (self._mapping.returns_by_c and is_return) or (total is not None and total < 0):
            return RETURN
        if customer_id is None:
            return self._mapping.anonymous
        return REGULAR

    def _find_entity(
        self, values: dict[str, Any], target: str, ids_by_code: dict[str, int], label: str
    ) -> int | None:
        code = values.get(target)
        if code is None:
            return None
        if code not in ids_by_code:
            raise UnreadableRow([(self.column_of(target), f"There is no such {label}.")])
        return ids_by_code[code]


@dataclass(frozen=True, slots=True)
class Lookups:
    """The customers, stores and tills of a chunk."""

    owners: IdentifierOwners
    stores: dict[str, int]
    tills: dict[str, int]


def _build_line(row: TransactionRow) -> SaleLine:
    values = row.line
    return SaleLine(
        item_code=values.get(c.CODE, ""),
        description=values.get(c.DESCRIPTION, ""),
        quantity=values.get(c.QUANTITY, Decimal(1)),
        rate=values.get(c.RATE, ZERO),
        discount=values.get(c.LINE_DISCOUNT, ZERO),
        amount=values.get(c.LINE_AMOUNT),
        extended_fields=row.line_fields,
    )


def _calculate_amount(line: SaleLine) -> Decimal:
    if line.amount is not None:
        return Decimal(line.amount)
    # Rounded as when the transaction is entered.
    worth: Decimal = (line.quantity * line.rate).quantize(THOUSANDTH) - line.discount
    return worth


def _reverse_line(line: SaleLine) -> SaleLine:
    """Reverse the signs of a returned line, so that it is like that of a purchase."""
    return SaleLine(
        item_code=line.item_code,
        description=line.description,
        quantity=-line.quantity,
        rate=line.rate,
        discount=-line.discount,
        amount=None if line.amount is None else -line.amount,
        extended_fields=line.extended_fields,
    )


def _merge_first(dicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for values in reversed(dicts):
        merged |= values
    return merged


def _get_setter(column: Column) -> Callable[[TransactionRow, Any], None]:
    """Return the function that stores a clean cell of this column."""
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda parsed, value: parsed.identifiers.append((key, value))
    if kind == c.CUSTOM:
        return lambda parsed, value: parsed.custom.__setitem__(key, value)
    if kind == c.EXTENDED:
        return lambda parsed, value: parsed.extended.__setitem__(key, value)
    if kind == c.LINE:
        return lambda parsed, value: parsed.line.__setitem__(key, value)
    if kind == c.LINE_FIELD:
        return lambda parsed, value: parsed.line_fields.__setitem__(key, value)
    return lambda parsed, value: parsed.values.__setitem__(kind, value)
