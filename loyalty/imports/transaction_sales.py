"""Combine the rows of one transaction into a sale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import IDENTIFIER, ColumnOf
from crm.imports.customer_columns import IdentifierOwners
from crm.imports.operations.staged_rows import Remark
from crm.imports.parsed_rows import ParsedRow, UnreadableRow
from crm.kernel.staff_texts import TextTemplate
from crm.tenancy.models import Organization
from customers.queries.customers.import_lookups import find_tills
from loyalty.imports import transaction_columns as c
from loyalty.models import Transaction
from loyalty.queries.entities import find_stores
from loyalty.rules.amounts import THOUSANDTH, ZERO
from loyalty.rules.transactions import Sale, SaleLine

CONTRADICTORY_ROW = TextTemplate("Row {number} has another {subject} for this transaction.")
UNKNOWN_PLACE = TextTemplate("There is no such {place}.")

REGULAR, NOT_INTERESTED, RETURN = "REGULAR", "NOT_INTERESTED", "RETURN"
MAX_CODE_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionMapping(ColumnMapping):
    """The column mapping and the options of a transaction import.

    ``anonymous``: the type of purchases without a customer. ``returns_by_c``: numbers that begin
    with a C and a digit are returns.
    """

    store_id: int | None = None
    anonymous: str = Transaction.Type.NOT_INTERESTED
    returns_by_c: bool = False


class RowsDiffer(Exception):
    """A row differs from the first row of its transaction."""

    def __init__(self, number: int, remark: Remark) -> None:
        super().__init__(number, remark)
        self.number = number
        self.remark = remark


class SaleBuilder:
    """Builds the sales of a chunk; three queries find all customers, stores and tills."""

    def __init__(
        self,
        org: Organization,
        mapping: TransactionMapping,
        column_of: ColumnOf,
        rows: Sequence[ParsedRow],
    ) -> None:
        self._zone = org.zone
        self._mapping = mapping
        self._column_of = column_of
        stores = {row.values[c.STORE] for row in rows if c.STORE in row.values}
        tills = {row.values[c.TILL] for row in rows if c.TILL in row.values}
        self._owners = IdentifierOwners(org.pk, [row.lookup for row in rows])
        self._stores = find_stores(org_id=org.pk, codes=stores)
        self._tills = find_tills(
            org_id=org.pk, codes={code for code in tills if len(code) <= MAX_CODE_LENGTH}
        )

    def build(self, rows: Sequence[ParsedRow]) -> Sale:
        """Combine the rows of a transaction; the first row with a value wins.

        Raises:
            RowsDiffer: a row has another customer, day or transaction amount.
            UnreadableRow: there is no such customer, store or till.
        """
        for row in rows[1:]:
            self._compare(rows[0], row)
        values = _merge_first([row.values for row in rows])
        customer_id = self._find_customer(rows[0])
        lines = [_build_line(row) for row in rows if row.groups.get(c.LINE)]
        total = values.get(c.AMOUNT)
        discount = values.get(c.DISCOUNT, ZERO)
        if total is None and lines:
            total = _add_amounts(lines) - discount
        type_ = self._decide_type(values, customer_id, total)
        if type_ == RETURN and total is not None and total < 0:
            # Amounts are stored positive in both directions.
            total, discount = -total, abs(discount)
            if _add_amounts(lines) < 0:
                lines = [_reverse_line(line) for line in lines]
        return Sale(
            number=values[c.NUMBER],
            type=type_,
            customer_id=customer_id,
            store_id=self._find_entity(values, c.STORE, self._stores, "store")
            or self._mapping.store_id,
            till_id=self._find_entity(values, c.TILL, self._tills, "till"),
            billed_at=rows[0].values[c.DATE],
            amount=total,
            discount=discount,
            notes=values.get(c.NOTES, ""),
            custom_fields=_merge_first([row.groups.get(c.CUSTOM, {}) for row in rows]),
            extended_fields=_merge_first([row.groups.get(c.EXTENDED, {}) for row in rows]),
            lines=lines,
            returned_number=values.get(c.RETURNED, "") if type_ == RETURN else "",
        )

    def _compare(self, first: ParsedRow, row: ParsedRow) -> None:
        days = [parsed.values[c.DATE].astimezone(self._zone).date() for parsed in (first, row)]
        if days[0] != days[1]:
            raise RowsDiffer(row.number, self._build_difference(c.DATE, "day", first.number))
        if row.lookup and first.lookup != row.lookup:
            target = f"{IDENTIFIER}.{row.lookup[0][0]}"
            raise RowsDiffer(row.number, self._build_difference(target, "customer", first.number))
        amount = row.values.get(c.AMOUNT)
        if amount is not None and first.values.get(c.AMOUNT) != amount:
            raise RowsDiffer(row.number, self._build_difference(c.AMOUNT, "amount", first.number))

    def _build_difference(self, target: str, subject: str, number: int) -> Remark:
        sentence = CONTRADICTORY_ROW(number=number, subject=subject)
        return self._column_of(target), sentence

    def _find_customer(self, row: ParsedRow) -> int | None:
        customer = self._owners.find_customer(row.lookup, self._column_of)
        if isinstance(customer, tuple):
            raise UnreadableRow([customer])
        return customer

    def _decide_type(
        self, values: Mapping[str, Any], customer_id: int | None, total: Decimal | None
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
        self, values: Mapping[str, Any], target: str, ids_by_code: Mapping[str, int], label: str
    ) -> int | None:
        code = values.get(target)
        if code is None:
            return None
        if code not in ids_by_code:
            raise UnreadableRow([(self._column_of(target), UNKNOWN_PLACE(place=label))])
        return ids_by_code[code]


def _add_amounts(lines: Sequence[SaleLine]) -> Decimal:
    return sum((_calculate_amount(line) for line in lines), ZERO)


def _build_line(row: ParsedRow) -> SaleLine:
    values = row.groups[c.LINE]
    return SaleLine(
        item_code=values.get(c.CODE, ""),
        description=values.get(c.DESCRIPTION, ""),
        quantity=values.get(c.QUANTITY, Decimal(1)),
        rate=values.get(c.RATE, ZERO),
        discount=values.get(c.LINE_DISCOUNT, ZERO),
        amount=values.get(c.LINE_AMOUNT),
        extended_fields=row.groups.get(c.LINE_FIELD, {}),
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


def _merge_first(dicts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge values; the first of each name wins."""
    merged: dict[str, Any] = {}
    for values in reversed(dicts):
        merged |= values
    return merged
