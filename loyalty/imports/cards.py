"""The import of cards: external numbers are added to a series, labelled and issued."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crm.imports.cell_reader import CellReader, UnreadableRow
from crm.imports.cells import TextWidget
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from crm.imports.customer_columns import (
    IDENTIFIER,
    CustomerLookup,
    IdentifierOwners,
    build_customer_columns,
    read_customer_lookup,
)
from crm.imports.dry_run import (
    CREATE,
    ERROR,
    NOTHING_DIFFERS,
    SKIP,
    UPDATE,
    RowEffect,
    apply_staged_rows,
    dry_run_rows,
)
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import Key, Remark
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from loyalty.imports.sentences import EXTERNAL_ID, LABEL, NUMBER, SERIES, build_refusal_remark
from loyalty.operations.cards.add import NewCard, add_cards
from loyalty.operations.cards.holders import lock_cards_with_holders
from loyalty.operations.cards.issue import CardIssueRequest, issue_cards
from loyalty.operations.cards.update import CardUpdate, update_cards
from loyalty.queries.cards.cards import CardDetails, find_cards, list_cards
from loyalty.rules.card_details import read_external_id, read_number

CHANGE_REASON = "Import"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMapping(ColumnMapping):
    """``source_account_id``: the source account in which the cards of customers are registered."""

    series_id: int | None = None
    source_account_id: int | None = None


@dataclass(frozen=True, slots=True)
class CardRow:
    """One parsed row."""

    number: str
    external_id: str | None
    series_id: int | None
    series_code: str | None
    label: str | None
    lookup: CustomerLookup

    @property
    def keys(self) -> Sequence[Key]:
        return [
            ("cardnumber", self.number),
            *([("cardExternalId", self.external_id)] if self.external_id else ()),
        ]


@dataclass(slots=True)
class _CellValues:
    values: dict[str, str] = field(default_factory=dict)
    identifiers: list[tuple[str, str]] = field(default_factory=list)


def build_card_columns(org: Organization, mapping: CardMapping) -> Mapping[str, Column]:
    text = TextWidget()
    card_columns = [
        Column(NUMBER, "Card number", text, group="Card", synonyms="card cardno number"),
        Column(
            EXTERNAL_ID,
            "External id of the card",
            text,
            group="Card",
            synonyms="cardexternalid externalcardid",
        ),
        Column(SERIES, "Series", text, group="Card", synonyms="seriescode cardseries"),
        Column(LABEL, "Label", text, group="Card", synonyms="status statuslabel cardstatus"),
    ]
    customer_columns = build_customer_columns("Customer who holds it")
    return {column.target: column for column in [*card_columns, *customer_columns]}


class CardReader:
    """Parses the rows of one file of cards."""

    def __init__(self, *, org: Organization, names: Sequence[str], mapping: CardMapping) -> None:
        self._org = org
        self.mapping = mapping
        self._cells: CellReader[_CellValues] = CellReader(
            names=names,
            mapping=mapping,
            columns=build_card_columns(org, mapping),
            get_setter=_get_setter,
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> CardRow:
        """Parse a row.

        Raises:
            UnreadableRow: with a remark for each invalid cell.
        """
        cells = _CellValues()
        remarks = self._cells.read(row, cells)
        if remarks:
            raise UnreadableRow(remarks)
        try:
            lookup = read_customer_lookup(self._org, cells.identifiers, self.column_of)
            return self._build_row(cells.values, lookup)
        except DomainError as refusal:
            raise UnreadableRow([build_refusal_remark(refusal, self.column_of)]) from None

    def repeated(self, kind: str, number: int) -> Remark:
        is_number = kind == "cardnumber"
        column = self.column_of(NUMBER if is_number else EXTERNAL_ID)
        return column, f"Same {'card number' if is_number else 'external id'} as row {number}."

    def _build_row(self, values: Mapping[str, str], lookup: CustomerLookup) -> CardRow:
        if NUMBER not in values:
            raise UnreadableRow([(self.column_of(NUMBER), "This row has no card number.")])
        code = values.get(SERIES)
        return CardRow(
            number=read_number(values[NUMBER]),
            external_id=read_external_id(values[EXTERNAL_ID]) if EXTERNAL_ID in values else None,
            # The default series is for rows without one.
            series_id=None if code else self.mapping.series_id,
            series_code=code,
            label=values.get(LABEL),
            lookup=lookup,
        )


def _get_setter(column: Column) -> Callable[[_CellValues, Any], None]:
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda cells, value: cells.identifiers.append((key, value))
    return lambda cells, value: cells.values.__setitem__(kind, value)


def apply_card_rows(origin: Origin, reader: CardReader, rows: Sequence[CardRow]) -> list[RowEffect]:
    """Add, issue and label cards.

    A card with a customer is issued to them. A known card without a customer gets the label. An
    unknown card without a customer is added to its series, not issued.
    """
    column_of = reader.column_of
    owners = IdentifierOwners(origin.org.pk, [row.lookup for row in rows])
    customers = [owners.find_customer(row.lookup, column_of) for row in rows]
    before = _lock_cards(origin, rows, {result for result in customers if isinstance(result, int)})
    refusals: dict[int, Remark] = {}
    issues: dict[int, CardIssueRequest] = {}
    changes: dict[int, CardUpdate] = {}
    new: dict[int, NewCard] = {}
    for index, (row, customer) in enumerate(zip(rows, customers, strict=True)):
        card: dict[str, Any] = {
            "number": row.number,
            "external_id": row.external_id,
            "series_id": row.series_id,
            "series_code": row.series_code,
            "label": row.label,
            "reason": CHANGE_REASON,
        }
        if isinstance(customer, tuple):
            refusals[index] = customer
        elif customer is not None:
            issues[index] = CardIssueRequest(
                customer_id=customer,
                source_account_id=reader.mapping.source_account_id or 0,
                **card,
            )
        elif row.number in before:
            changes[index] = CardUpdate(**card)
        else:
            new[index] = NewCard(**card)
    added = add_cards(origin=origin, cards=[*new.values()]) if new else []
    changed = update_cards(origin=origin, changes=[*changes.values()]) if changes else []
    issued = issue_cards(origin=origin, requests=[*issues.values()]) if issues else []
    outcomes = [
        *(result.refusal for result in added),
        *(result.refusal for result in changed),
        *(result.refusal for result in issued),
    ]
    for index, refusal in zip((*new, *changes, *issues), outcomes, strict=True):
        if refusal is not None:
            refusals[index] = build_refusal_remark(refusal, column_of)
    after = _list_cards(origin, rows)
    return [
        RowEffect(ERROR, remarks=[refusals[index]])
        if index in refusals
        else _build_effect(before.get(row.number), after[row.number])
        for index, row in enumerate(rows)
    ]


def _lock_cards(
    origin: Origin, rows: Sequence[CardRow], customer_ids: set[int]
) -> dict[str, CardDetails]:
    """Lock the old and new holders in key order, then the cards; return the cards."""
    cards = _list_cards(origin, rows)
    holders = {card.customer_id for card in cards.values() if card.customer_id is not None}
    lock_customers(holders | customer_ids)
    lock_cards_with_holders([card.id for card in cards.values()])
    return _list_cards(origin, rows)


def _list_cards(origin: Origin, rows: Sequence[CardRow]) -> dict[str, CardDetails]:
    card_ids = find_cards(org_id=origin.org.pk, keys=[(row.number, None) for row in rows])
    ids = [row for row in card_ids if isinstance(row, int)]
    cards = list_cards(org_id=origin.org.pk, card_ids=ids, now=origin.at)
    return {card.number: card for card in cards}


def _build_effect(before: CardDetails | None, after: CardDetails) -> RowEffect:
    old, new = None if before is None else _describe_card(before), _describe_card(after)
    if old == new:
        return RowEffect(SKIP, after.id, remarks=[("", NOTHING_DIFFERS)])
    return RowEffect(UPDATE if before else CREATE, after.id, old, new)


def _describe_card(card: CardDetails) -> dict[str, Any]:
    return {
        "series": card.series_code,
        "label": card.info.label if card.info else card.status,
        "customer": card.customer_id,
    }


plan_cards = partial(dry_run_rows, operation=apply_card_rows)
apply_cards = partial(apply_staged_rows, operation=apply_card_rows)
