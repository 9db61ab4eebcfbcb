"""Add cards with external numbers (operation 28, imports)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.rules.text import clean_reason
from loyalty import errors
from loyalty.models import Card, CardLabel, CardSeries
from loyalty.operations.cards.labels import ensure_card_labels
from loyalty.operations.cards.write import LabelChange, log_label_changes
from loyalty.queries.cards.series import load_card_series_index
from loyalty.queries.cards.settings import get_card_field_settings
from loyalty.rules.card_details import read_entity, read_external_id, read_fields, read_number
from loyalty.rules.cards import NOT_ISSUED


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCard:
    """A card to be added, as the caller gives it; ``label`` in any case."""

    number: object
    series_id: int | None = None
    series_code: str | None = None
    external_id: object = None
    label: str | None = None
    reason: str = ""
    custom_fields: Mapping[str, object] = field(default_factory=dict)
    extended_fields: Mapping[str, object] = field(default_factory=dict)
    mapped_entity: Any = None


@dataclass(slots=True)
class AddCardResult:
    """The result of adding one card: its id, or the refusal."""

    card_id: int | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class CardRow:
    """A validated card to be written; its number may be taken."""

    series: CardSeries
    number: str
    external_id: str | None
    label: CardLabel
    reason: str = ""
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    mapped_entity: Any = None


@within_unit_of_work
def add_card(*, origin: Origin, card: NewCard) -> AddCardResult:
    """Add one card that is not issued; raise the refusal that ``add_cards`` returns."""
    [result] = add_cards(origin=origin, cards=[card])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def add_cards(*, origin: Origin, cards: Sequence[NewCard]) -> list[AddCardResult]:
    """Add cards that are not issued; return one result for each, in order.

    Refusals: CardSeriesUnknown, CardSeriesInactive, CardExternalRefused (the series takes
    none), CardNumberInvalid, CardNumberTaken, CardExternalIdInvalid, CardExternalIdTaken,
    CardLabelUnknown, CardTransitionRefused (the label does not stand for NOT_ISSUED),
    CardEntityInvalid, ReasonInvalid. Of two cards with the same number the first is added.
    """
    outcomes = [AddCardResult() for _ in cards]
    book = load_card_series_index(org_id=origin.org.pk)
    labels = ensure_card_labels(org_id=origin.org.pk)
    field_settings = get_card_field_settings(origin.org)
    rows: dict[int, CardRow] = {}
    for position, (card, outcome) in enumerate(zip(cards, outcomes, strict=True)):
        try:
            series = check_external_series(book.find(card.series_id, card.series_code))
            label = labels.find(card.label) if card.label else labels.of(NOT_ISSUED)
            if label.status != NOT_ISSUED:
                raise errors.CardTransitionRefused(present=NOT_ISSUED, wanted=label.status)
            custom, extended = read_fields(
                card.custom_fields, card.extended_fields, field_settings, outcome.notices
            )
            rows[position] = CardRow(
                series=series,
                number=read_number(card.number),
                external_id=_read_optional_external_id(card.external_id),
                label=label,
                reason=clean_reason(card.reason),
                custom_fields=_drop_empty_values(custom),
                extended_fields=_drop_empty_values(extended),
                mapped_entity=read_entity(card.mapped_entity),
            )
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
    written_ids = write_cards(origin=origin, rows=list(rows.values()))
    unwritten_numbers = [
        row.number for row, pk in zip(rows.values(), written_ids, strict=True) if pk is None
    ]
    existing_numbers = set(
        Card.objects.filter(org_id=origin.org.pk, number__in=unwritten_numbers).values_list(
            "number", flat=True
        )
    )
    for (position, row), pk in zip(rows.items(), written_ids, strict=True):
        outcomes[position].card_id = pk
        if pk is None:
            is_number_taken = row.number in existing_numbers
            outcomes[position].refusal = (
                errors.CardNumberTaken() if is_number_taken else errors.CardExternalIdTaken()
            )
    record_events(
        origin=origin,
        events=[
            NewEvent("card.added", "card", pk, after={"series": row.series.pk})
            for row, pk in zip(rows.values(), written_ids, strict=True)
            if pk is not None
        ],
    )
    return outcomes


@within_unit_of_work
def write_cards(*, origin: Origin, rows: Sequence[CardRow]) -> list[int | None]:
    """Write new cards with the first entry of their logs; return their ids, in order.

    None stands for a card whose number or external id is taken, by an earlier card or in the list.
    """
    ids = take_ids(Card, len(rows))
    # Of repeated rows the first wins, whatever the order of writing.
    unique_rows = _drop_repeated_rows(zip(ids, rows, strict=True))
    # In the order of the numbers, so that two units of work cannot deadlock.
    ordered_rows = sorted(unique_rows, key=lambda pair: pair[1].number)
    written_ids = insert_unless_taken(
        Card,
        (
            "id", "org_id", "series_id", "number", "external_id", "label_id", "status",
            "custom_fields", "extended_fields", "mapped_entity", "created_by_id", "created_at",
        ),
        [
            (
                pk, origin.org.pk, row.series.pk, row.number, row.external_id, row.label.pk,
                row.label.status, row.custom_fields, row.extended_fields, row.mapped_entity,
                origin.actor_id, origin.at,
            )
            for pk, row in ordered_rows
        ],
    )  # fmt: skip
    log_label_changes(
        origin=origin,
        changes=[
            LabelChange(pk, row.label.pk, None, row.reason)
            for pk, row in zip(ids, rows, strict=True)
            if pk in written_ids
        ],
    )
    return [pk if pk in written_ids else None for pk in ids]


def _drop_repeated_rows(rows: Iterable[tuple[int, CardRow]]) -> list[tuple[int, CardRow]]:
    unique_rows: list[tuple[int, CardRow]] = []
    seen_keys: set[tuple[str, str]] = set()
    for pk, row in rows:
        row_keys = {("number", row.number)}
        if row.external_id is not None:
            row_keys.add(("external_id", row.external_id))
        if not row_keys & seen_keys:
            seen_keys |= row_keys
            unique_rows.append((pk, row))
    return unique_rows


def check_external_series(series: CardSeries | None) -> CardSeries:
    """Return the series if it accepts external numbers.

    Raises:
        CardSeriesUnknown: no series is given.
        CardSeriesInactive: the series is inactive.
        CardExternalRefused: the series takes no external numbers.
    """
    if series is None:
        raise errors.CardSeriesUnknown()
    if not series.is_active:
        raise errors.CardSeriesInactive()
    if not series.takes_external:
        raise errors.CardExternalRefused()
    return series


def _read_optional_external_id(raw: object) -> str | None:
    return None if raw is None or raw == "" else read_external_id(raw)


def _drop_empty_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
