"""The import of cards: external numbers are added to a series, labelled and issued."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import IDENTIFIER, Column, NameColumn
from crm.imports.customer_columns import build_customer_columns, find_customers
from crm.imports.file_import import (
    CREATE,
    ERROR,
    UNCHANGED,
    UPDATE,
    ImportOption,
    MappingFault,
)
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import CellFormats
from crm.imports.refusals import build_remark
from crm.imports.row_import import NOTHING_DIFFERS, RowImport, StagedEffect
from crm.imports.source_options import find_instore_account, list_account_choices
from crm.imports.undo_context import UndoContext
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import StaffText, staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from loyalty.imports.card_and_coupon_targets import EXTERNAL_ID, LABEL, NUMBER, SERIES, TARGETS
from loyalty.imports.card_undo import (
    CardImages,
    build_card_trails,
    take_card_images,
    undo_card_rows,
)
from loyalty.operations.cards.add import NewCard, add_cards
from loyalty.operations.cards.holders import lock_cards_with_holders
from loyalty.operations.cards.issue import CardIssueRequest, issue_cards
from loyalty.operations.cards.update import CardUpdate, update_cards
from loyalty.queries.cards.cards import CardDetails, find_cards, list_cards
from loyalty.queries.desk_lists import list_card_series_names
from loyalty.rules.card_details import read_external_id, read_number

CHANGE_REASON = "Import"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMapping(ColumnMapping):
    """The column mapping; the default series is for rows without one.

    ``source_account_id``: the source account in which the cards of customers are registered.
    """

    series_id: int | None = None
    source_account_id: int | None = None


class CardImport(RowImport):
    """Adds, issues and labels cards.

    A card with a customer is issued to them. A known card without a customer gets the label. An
    unknown card without a customer is added to its series, not issued.
    """

    key = "cards"
    needs_trail = True
    singular = "card"
    plural = "cards"
    permission = "loyalty.import_cards"
    subject = "loyalty.card"
    example = ["Card number", "External id of the card", "Series", "Label", "Mobile"]
    hints = [
        staff_text(
            "Each row needs a card number. A new number is added to its series, which must allow "
            "external numbers."
        ),
        staff_text(
            "A row with a customer issues the card to them. A row with a "
            "label changes the label of a "
            "known card."
        ),
    ]
    mapping_class = CardMapping
    required_columns = [(NUMBER, staff_text("Map a column to the card number."))]
    required_cells = [(NUMBER, staff_text("This row has no card number."))]
    repeats = {
        "cardnumber": (NUMBER, "card number"),
        "cardExternalId": (EXTERNAL_ID, "external id"),
    }
    mapping: CardMapping

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Card"): [
                NameColumn(NUMBER, staff_text("Card number"), "card cardno number"),
                NameColumn(
                    EXTERNAL_ID,
                    staff_text("External id of the card"),
                    "cardexternalid externalcardid",
                ),
                Column(SERIES, staff_text("Series"), "seriescode cardseries"),
                Column(LABEL, staff_text("Label"), "status statuslabel cardstatus"),
            ],
            staff_text("Customer who holds it"): build_customer_columns(),
        }

    @classmethod
    def options(cls, org: Organization) -> Sequence[ImportOption]:
        # A choice needs at least one option.
        no_choices = [(0, staff_text("None yet"))]
        return [
            ImportOption(
                name="series_id",
                label=staff_text("Default series"),
                choices=list_card_series_names(org_id=org.pk) or no_choices,
                blank=staff_text("None"),
            ),
            ImportOption(
                name="source_account_id",
                label=staff_text("Source account for the cards of customers"),
                choices=list_account_choices(org) or no_choices,
                blank=staff_text("None"),
            ),
        ]

    @classmethod
    def guess_options(
        cls, org: Organization, names: Sequence[str], targets: Sequence[str]
    ) -> dict[str, Any]:
        return {"source_account_id": find_instore_account(org)}

    @classmethod
    def faults(cls, mapping: CardMapping) -> Iterable[MappingFault]:
        yield from super().faults(mapping)
        if not mapping.series_id and SERIES not in mapping.targets:
            yield (
                "series_id",
                staff_text("Choose a default series, as no column is mapped to the series."),
            )
        names_customers = any(target.startswith(f"{IDENTIFIER}.") for target in mapping.targets)
        if names_customers and not mapping.source_account_id:
            yield (
                "source_account_id",
                staff_text("Choose a source account, as a column identifies customers."),
            )

    def check(self, parsed: ParsedRow) -> list[Remark]:
        remarks: list[Remark] = []
        for target, read in ((NUMBER, read_number), (EXTERNAL_ID, read_external_id)):
            if target in parsed.values:
                try:
                    parsed.values[target] = read(parsed.values[target])
                except DomainError as refusal:
                    remarks.append(build_remark(refusal, TARGETS, self.column_of))
        return remarks

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        keys = [("cardnumber", NUMBER), ("cardExternalId", EXTERNAL_ID)]
        return [(kind, parsed.values[target]) for kind, target in keys if parsed.values.get(target)]

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        """Add, issue and label the cards of a chunk."""
        customers = find_customers(origin.org.pk, rows, self.column_of)
        before = _lock_cards(
            origin, rows, {customer for customer in customers if isinstance(customer, int)}
        )
        refusals: dict[int, Remark] = {}
        issues: dict[int, CardIssueRequest] = {}
        changes: dict[int, CardUpdate] = {}
        new: dict[int, NewCard] = {}
        for index, (row, customer) in enumerate(zip(rows, customers, strict=True)):
            card = self._build_card(row)
            if isinstance(customer, tuple):
                refusals[index] = customer
            elif customer is not None:
                issues[index] = CardIssueRequest(
                    customer_id=customer,
                    source_account_id=self.mapping.source_account_id or 0,
                    **card,
                )
            elif row.values[NUMBER] in before:
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
                refusals[index] = build_remark(refusal, TARGETS, self.column_of)
        after = _list_cards(origin, rows)
        return [
            RowEffect(ERROR, remarks=[refusals[index]])
            if index in refusals
            else _build_effect(before.get(row.values[NUMBER]), after[row.values[NUMBER]])
            for index, row in enumerate(rows)
        ]

    def take_images(self, origin: Origin, rows: Sequence[ParsedRow]) -> CardImages:
        customers = find_customers(origin.org.pk, rows, self.column_of)
        _lock_cards(origin, rows, {pk for pk in customers if isinstance(pk, int)})
        return take_card_images(
            origin,
            {row.staged.pk: row.values[NUMBER] for row in rows if row.staged is not None},
            {pk for pk in customers if isinstance(pk, int)},
        )

    def build_trails(
        self, origin: Origin, rows: Sequence[StagedEffect], images: CardImages
    ) -> Mapping[int, dict[str, Any]]:
        return build_card_trails(origin, rows, images)

    def undo_rows(self, *, context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
        return undo_card_rows(context, rows)

    def _build_card(self, row: ParsedRow) -> dict[str, Any]:
        values = row.values
        return {
            "number": values[NUMBER],
            "external_id": values.get(EXTERNAL_ID),
            "series_id": None if SERIES in values else self.mapping.series_id,
            "series_code": values.get(SERIES),
            "label": values.get(LABEL),
            "reason": CHANGE_REASON,
        }


def _lock_cards(
    origin: Origin, rows: Sequence[ParsedRow], customer_ids: set[int]
) -> dict[str, CardDetails]:
    """Lock the old and new holders in key order, then the cards; return the cards."""
    cards = _list_cards(origin, rows)
    holders = {card.customer_id for card in cards.values() if card.customer_id is not None}
    lock_customers(holders | customer_ids)
    lock_cards_with_holders([card.id for card in cards.values()])
    return _list_cards(origin, rows)


def _list_cards(origin: Origin, rows: Sequence[ParsedRow]) -> dict[str, CardDetails]:
    card_ids = find_cards(org_id=origin.org.pk, keys=[(row.values[NUMBER], None) for row in rows])
    ids = [card_id for card_id in card_ids if isinstance(card_id, int)]
    cards = list_cards(org_id=origin.org.pk, card_ids=ids, now=origin.at)
    return {card.number: card for card in cards}


def _build_effect(before: CardDetails | None, after: CardDetails) -> RowEffect:
    old, new = None if before is None else _describe_card(before), _describe_card(after)
    if old == new:
        return RowEffect(UNCHANGED, after.id, remarks=[("", NOTHING_DIFFERS)])
    return RowEffect(UPDATE if before else CREATE, after.id, old, new)


def _describe_card(card: CardDetails) -> dict[str, Any]:
    return {
        "series": card.series_code,
        "label": card.info.label if card.info else card.status,
        "customer": card.customer_id,
    }
