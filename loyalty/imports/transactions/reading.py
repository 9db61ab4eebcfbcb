"""From rows of cells to bills: what each row says, and what the rows of one bill say together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.importing.columns import Column
from crm.importing.row_cells import CellReader, Unreadable
from crm.importing.whom import IDENTIFIER, Owners, Whom, read_whom
from crm.runs.operations.staging import Remark
from crm.runs.reading.table import Row
from crm.tenancy.models import Organization
from customers.queries.import_lookups import find_tills
from customers.rules.text import is_writable
from loyalty.imports.transactions import columns as c
from loyalty.queries.import_lookups import find_stores
from loyalty.queries.sale_standards import get_sale_standards
from loyalty.rules.amounts import THOUSANDTH, ZERO
from loyalty.rules.transactions import LONGEST_NUMBER, Line, Sale

REGULAR, NOT_INTERESTED, RETURN = "REGULAR", "NOT_INTERESTED", "RETURN"
LONGEST_CODE = 100


@dataclass(slots=True)
class Said:
    """What one row says, cell by cell."""

    number: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    extended: dict[str, Any] = field(default_factory=dict)
    line: dict[str, Any] = field(default_factory=dict)
    line_fields: dict[str, Any] = field(default_factory=dict)
    whom: Whom = field(default_factory=Whom)


class RowsDiffer(Exception):
    """A row of a bill says something else than the bill's first one."""

    def __init__(self, number: int, remark: Remark) -> None:
        super().__init__(number, remark)
        self.number = number
        self.remark = remark


class TransactionReader:
    """Reads the rows of one file; it looks up what it needs by the chunk, not by the row."""

    def __init__(self, *, org: Organization, names: Sequence[str], reading: c.Reading) -> None:
        self._org = org
        self._reading = reading
        self._zone = org.zone
        self._cells: CellReader[Said] = CellReader(
            names=names,
            reading=reading,
            columns=c.columns_of(get_sale_standards(org), reading),
            keeper=_keeper,
        )
        self.column_of = self._cells.column_of
        # Without a column about lines, each row is a whole bill, and no bill has two.
        self.has_lines = any(target.startswith(f"{c.LINE}.") for target in reading.targets)
        self.names_bills = self._cells.has(c.RETURNED)

    def key_of(self, row: Row) -> str:
        """The same for all rows of one bill, readable or not.

        Raises:
            Unreadable: the row belongs to no bill.
        """
        number, store = self.number_of(row), self._cells.text_of(row, c.STORE)
        if not number:
            raise Unreadable([(self.column_of(c.NUMBER), "There is no number of a transaction.")])
        if len(number) > LONGEST_NUMBER or not is_writable(number):
            raise Unreadable([(self.column_of(c.NUMBER), "This number cannot be kept.")])
        if len(store) > LONGEST_CODE or not is_writable(store):
            raise Unreadable([(self.column_of(c.STORE), "There is no such store.")])
        return f"{number}\n{store}\n{self._cells.text_of(row, c.TYPE)[:20].casefold()}"

    def number_of(self, row: Row) -> str:
        return self._cells.text_of(row, c.NUMBER)

    def read(self, row: Row) -> Said:
        """Say what a row means by itself.

        Raises:
            Unreadable: with a remark for each cell that makes no sense.
        """
        said = Said(row.number)
        remarks = self._cells.read(row, said)
        if not remarks and c.DATE not in said.values:
            remarks.append((self.column_of(c.DATE), "There is no date."))
        try:
            said.whom = read_whom(self._org, said.identifiers, self.column_of)
        except ValueError as problem:
            remarks.append(problem.args)
        if remarks:
            raise Unreadable(remarks)
        return said

    def look_up(self, bills: Sequence[Sequence[Said]]) -> "Lookups":
        """Look up customers, stores and tills of a chunk; three queries at most."""
        rows = [said for bill in bills for said in bill]
        stores = {said.values[c.STORE] for said in rows if c.STORE in said.values}
        tills = {said.values[c.TILL] for said in rows if c.TILL in said.values}
        return Lookups(
            Owners(self._org.pk, [said.whom for said in rows]),
            find_stores(org_id=self._org.pk, codes=stores),
            find_tills(
                org_id=self._org.pk, codes={code for code in tills if len(code) <= LONGEST_CODE}
            ),
        )

    def bill_of(self, rows: Sequence[Said], found: "Lookups") -> Sale:
        """Put the rows of a bill together: the first that says something says it for all.

        Raises:
            RowsDiffer: a row names another customer, another day or another amount of the whole.
            Unreadable: the bill names a customer, store or till that is not there.
        """
        for said in rows[1:]:
            self._compare(rows[0], said)
        values: dict[str, Any] = {}
        for said in reversed(rows):
            values |= said.values
        values[c.DATE] = rows[0].values[c.DATE]
        customer_id = self._customer(rows, found)
        lines = [_line(said) for said in rows if said.line]
        total = values.get(c.AMOUNT)
        if total is None and lines:
            total = sum((_worth(line) for line in lines), ZERO) - values.get(c.DISCOUNT, ZERO)
        type_ = self._type(values, customer_id, total)
        discount = values.get(c.DISCOUNT, ZERO)
        if type_ == RETURN and total is not None and total < 0:
            # Amounts are stored positive in both directions.
            total, discount = -total, abs(discount)
            if sum((_worth(line) for line in lines), ZERO) < 0:
                lines = [_turned(line) for line in lines]
        return Sale(
            number=values[c.NUMBER],
            type=type_,
            customer_id=customer_id,
            store_id=self._place(values, c.STORE, found.stores, "store") or self._reading.store_id,
            till_id=self._place(values, c.TILL, found.tills, "till"),
            billed_at=values[c.DATE],
            amount=total,
            discount=discount,
            notes=values.get(c.NOTES, ""),
            custom_fields=_first_of([said.custom for said in rows]),
            extended_fields=_first_of([said.extended for said in rows]),
            lines=lines,
            returned_number=values.get(c.RETURNED, "") if type_ == RETURN else "",
        )

    def _compare(self, first: Said, said: Said) -> None:
        days = [one.values[c.DATE].astimezone(self._zone).date() for one in (first, said)]
        if days[0] != days[1]:
            raise RowsDiffer(said.number, self._other(c.DATE, "day", first.number))
        if said.whom.keys and first.whom.keys != said.whom.keys:
            target = f"{IDENTIFIER}.{said.whom.keys[0][0]}"
            raise RowsDiffer(said.number, self._other(target, "customer", first.number))
        amount = said.values.get(c.AMOUNT)
        if amount is not None and first.values.get(c.AMOUNT) != amount:
            raise RowsDiffer(said.number, self._other(c.AMOUNT, "amount", first.number))

    def _other(self, target: str, what: str, number: int) -> Remark:
        sentence = f"Row {number} gives this transaction another {what}. Which one is right?"
        return self.column_of(target), sentence

    def _customer(self, rows: Sequence[Said], found: "Lookups") -> int | None:
        owner = found.owners.of(rows[0].whom, self.column_of)
        if isinstance(owner, tuple):
            raise Unreadable([owner])
        return owner

    def _type(self, values: dict[str, Any], customer_id: int | None, total: Decimal | None) -> str:
        said: str | None = values.get(c.TYPE)
        if said is not None:
            return said
        number: str = values[c.NUMBER]
        is_return = number[:1] in ("C", "c") and number[1:2].isdecimal()
        if (self._reading.returns_by_c and is_return) or (total is not None and total < 0):
            return RETURN
        if customer_id is None:
            return self._reading.anonymous
        return REGULAR

    def _place(
        self, values: dict[str, Any], target: str, places: dict[str, int], word: str
    ) -> int | None:
        code = values.get(target)
        if code is None:
            return None
        if code not in places:
            raise Unreadable([(self.column_of(target), f"There is no such {word}.")])
        return places[code]


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the bills of a chunk name."""

    owners: Owners
    stores: dict[str, int]
    tills: dict[str, int]


def _line(said: Said) -> Line:
    given = said.line
    return Line(
        item_code=given.get(c.CODE, ""),
        description=given.get(c.DESCRIPTION, ""),
        quantity=given.get(c.QUANTITY, Decimal(1)),
        rate=given.get(c.RATE, ZERO),
        discount=given.get(c.LINE_DISCOUNT, ZERO),
        amount=given.get(c.LINE_AMOUNT),
        extended_fields=said.line_fields,
    )


def _worth(line: Line) -> Decimal:
    if line.amount is not None:
        return Decimal(line.amount)
    # Rounded as the bill's own lines are when it is entered.
    worth: Decimal = (line.quantity * line.rate).quantize(THOUSANDTH) - line.discount
    return worth


def _turned(line: Line) -> Line:
    """A line of a return as a purchase would have it."""
    return Line(
        item_code=line.item_code,
        description=line.description,
        quantity=-line.quantity,
        rate=line.rate,
        discount=-line.discount,
        amount=None if line.amount is None else -line.amount,
        extended_fields=line.extended_fields,
    )


def _first_of(given: Sequence[dict[str, Any]]) -> dict[str, Any]:
    together: dict[str, Any] = {}
    for one in reversed(given):
        together |= one
    return together


def _keeper(column: Column) -> Callable[[Said, Any], None]:
    """Where a clean cell of this column goes."""
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda said, value: said.identifiers.append((key, value))
    if kind == c.CUSTOM:
        return lambda said, value: said.custom.__setitem__(key, value)
    if kind == c.EXTENDED:
        return lambda said, value: said.extended.__setitem__(key, value)
    if kind == c.LINE:
        return lambda said, value: said.line.__setitem__(key, value)
    if kind == c.LINE_FIELD:
        return lambda said, value: said.line_fields.__setitem__(key, value)
    return lambda said, value: said.values.__setitem__(kind, value)
