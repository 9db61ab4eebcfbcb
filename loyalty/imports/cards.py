"""Files of cards: numbers from outside that join a series, with a label, issued to customers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crm.importing.cells import TextWidget
from crm.importing.columns import Column
from crm.importing.mapping import FileReading
from crm.importing.rehearsing import (
    CREATE,
    ERROR,
    NOTHING,
    SKIP,
    UPDATE,
    Effect,
    perform_rows,
    rehearse_rows,
)
from crm.importing.row_cells import CellReader, Unreadable
from crm.importing.whom import IDENTIFIER, Owners, Whom, columns_of_customers, read_whom
from crm.kernel.errors import DomainError
from crm.runs.operations.staging import Key, Remark
from crm.runs.reading.table import Row
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.operations.locking import lock_customers
from loyalty.imports.sentences import EXTERNAL_ID, LABEL, NUMBER, SERIES, refused
from loyalty.operations.adding_cards import NewCard, add_cards
from loyalty.operations.holding_cards import lock_with_holders
from loyalty.operations.issuing_cards import CardIssue, issue_cards
from loyalty.operations.updating_cards import CardChange, update_cards
from loyalty.queries.cards import CardDetails, find_cards, list_cards
from loyalty.rules.card_details import read_external_id, read_number

REASON = "Import"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsReading(FileReading):
    """``source_account_id``: in whose profiles the cards of customers are registered."""

    series_id: int | None = None
    source_account_id: int | None = None


@dataclass(frozen=True, slots=True)
class CardMeaning:
    """What a row says of one card."""

    number: str
    external_id: str | None
    series_id: int | None
    series_code: str | None
    label: str | None
    whom: Whom

    @property
    def keys(self) -> Sequence[Key]:
        return [
            ("cardnumber", self.number),
            *([("cardExternalId", self.external_id)] if self.external_id else ()),
        ]


@dataclass(slots=True)
class _Said:
    values: dict[str, str] = field(default_factory=dict)
    identifiers: list[tuple[str, str]] = field(default_factory=list)


def card_columns(org: Organization, reading: CardsReading) -> Mapping[str, Column]:
    text = TextWidget()
    card = [
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
    people = columns_of_customers("Customer who holds it")
    return {column.target: column for column in [*card, *people]}


class CardReader:
    """Reads the rows of one file of cards."""

    def __init__(self, *, org: Organization, names: Sequence[str], reading: CardsReading) -> None:
        self._org = org
        self.reading = reading
        self._cells: CellReader[_Said] = CellReader(
            names=names, reading=reading, columns=card_columns(org, reading), keeper=_keeper
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> CardMeaning:
        """Say what the row means.

        Raises:
            Unreadable: with a remark for what makes no sense.
        """
        said = _Said()
        remarks = self._cells.read(row, said)
        if remarks:
            raise Unreadable(remarks)
        try:
            whom = read_whom(self._org, said.identifiers, self.column_of)
            return self._meaning(said.values, whom)
        except DomainError as refusal:
            raise Unreadable([refused(refusal, self.column_of)]) from None

    def repeated(self, kind: str, number: int) -> Remark:
        is_number = kind == "cardnumber"
        column = self.column_of(NUMBER if is_number else EXTERNAL_ID)
        return column, f"Same {'card number' if is_number else 'external id'} as row {number}."

    def _meaning(self, values: Mapping[str, str], whom: Whom) -> CardMeaning:
        if NUMBER not in values:
            raise Unreadable([(self.column_of(NUMBER), "There is no card number in this row.")])
        code = values.get(SERIES)
        return CardMeaning(
            number=read_number(values[NUMBER]),
            external_id=read_external_id(values[EXTERNAL_ID]) if EXTERNAL_ID in values else None,
            # The file's series is that of rows that name none.
            series_id=None if code else self.reading.series_id,
            series_code=code,
            label=values.get(LABEL),
            whom=whom,
        )


def _keeper(column: Column) -> Callable[[_Said, Any], None]:
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda said, value: said.identifiers.append((key, value))
    return lambda said, value: said.values.__setitem__(kind, value)


def act_on_cards(
    origin: Origin, reader: CardReader, meanings: Sequence[CardMeaning]
) -> list[Effect]:
    """Add, issue and label cards as the rows say.

    A card with a customer is issued to them; a known one without is given its label; an unknown
    one joins its series, issued to nobody.
    """
    column_of = reader.column_of
    owners = Owners(origin.org.pk, [meaning.whom for meaning in meanings])
    whom = [owners.of(meaning.whom, column_of) for meaning in meanings]
    before = _lock(origin, meanings, {one for one in whom if isinstance(one, int)})
    refusals: dict[int, Remark] = {}
    issues: dict[int, CardIssue] = {}
    changes: dict[int, CardChange] = {}
    new: dict[int, NewCard] = {}
    for place, (meaning, customer) in enumerate(zip(meanings, whom, strict=True)):
        card: dict[str, Any] = {
            "number": meaning.number,
            "external_id": meaning.external_id,
            "series_id": meaning.series_id,
            "series_code": meaning.series_code,
            "label": meaning.label,
            "reason": REASON,
        }
        if isinstance(customer, tuple):
            refusals[place] = customer
        elif customer is not None:
            issues[place] = CardIssue(
                customer_id=customer,
                source_account_id=reader.reading.source_account_id or 0,
                **card,
            )
        elif meaning.number in before:
            changes[place] = CardChange(**card)
        else:
            new[place] = NewCard(**card)
    added = add_cards(origin=origin, cards=[*new.values()]) if new else []
    changed = update_cards(origin=origin, changes=[*changes.values()]) if changes else []
    issued = issue_cards(origin=origin, wishes=[*issues.values()]) if issues else []
    said = [
        *(one.refusal for one in added),
        *(one.refusal for one in changed),
        *(one.refusal for one in issued),
    ]
    for place, refusal in zip((*new, *changes, *issues), said, strict=True):
        if refusal is not None:
            refusals[place] = refused(refusal, column_of)
    after = _cards(origin, meanings)
    return [
        Effect(ERROR, remarks=[refusals[place]])
        if place in refusals
        else _effect(before.get(meaning.number), after[meaning.number])
        for place, meaning in enumerate(meanings)
    ]


def _lock(
    origin: Origin, meanings: Sequence[CardMeaning], customer_ids: set[int]
) -> dict[str, CardDetails]:
    """Lock who holds and who gets cards, in one order, then the cards; return these."""
    cards = _cards(origin, meanings)
    holders = {card.customer_id for card in cards.values() if card.customer_id is not None}
    lock_customers(holders | customer_ids)
    lock_with_holders([card.id for card in cards.values()])
    return _cards(origin, meanings)


def _cards(origin: Origin, meanings: Sequence[CardMeaning]) -> dict[str, CardDetails]:
    found = find_cards(org_id=origin.org.pk, named=[(one.number, None) for one in meanings])
    ids = [one for one in found if isinstance(one, int)]
    cards = list_cards(org_id=origin.org.pk, card_ids=ids, now=origin.at)
    return {card.number: card for card in cards}


def _effect(before: CardDetails | None, after: CardDetails) -> Effect:
    was, now = None if before is None else _told(before), _told(after)
    if was == now:
        return Effect(SKIP, after.id, remarks=[("", NOTHING)])
    return Effect(UPDATE if before else CREATE, after.id, was, now)


def _told(card: CardDetails) -> dict[str, Any]:
    return {
        "series": card.series_code,
        "label": card.info.label if card.info else card.status,
        "customer": card.customer_id,
    }


plan_cards = partial(rehearse_rows, act=act_on_cards)
apply_cards = partial(perform_rows, act=act_on_cards)
