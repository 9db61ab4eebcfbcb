"""Adding cards whose numbers come from outside (operation 28, imports)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.rules.reasons import clean_reason
from loyalty import errors
from loyalty.models import Card, CardLabel, CardSeries
from loyalty.operations.card_labels import settle_card_labels
from loyalty.operations.writing_cards import LabelChange, log_labels
from loyalty.queries.card_series import load_series_book
from loyalty.queries.card_standards import get_card_standards
from loyalty.rules.card_details import read_entity, read_external_id, read_fields, read_number
from loyalty.rules.cards import NOT_ISSUED


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCard:
    """A card as a door hands it on; ``label`` in any case."""

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
class AddedCard:
    """What became of one of them: its id, or the refusal."""

    card_id: int | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card that can be written: read, but perhaps taken."""

    series: CardSeries
    number: str
    external_id: str | None
    label: CardLabel
    reason: str = ""
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    mapped_entity: Any = None


@within_unit_of_work
def add_card(*, origin: Origin, card: NewCard) -> AddedCard:
    """Add one card, issued to nobody; raises the refusal that ``add_cards`` tells."""
    [added] = add_cards(origin=origin, cards=[card])
    if added.refusal is not None:
        raise added.refusal
    return added


@within_unit_of_work
def add_cards(*, origin: Origin, cards: Sequence[NewCard]) -> list[AddedCard]:
    """Add cards that are issued to nobody, and say what became of each.

    Refusals: CardSeriesUnknown, CardSeriesInactive, CardExternalRefused (the series makes its own
    numbers), CardNumberInvalid, CardNumberTaken, CardExternalIdInvalid, CardExternalIdTaken,
    CardLabelUnknown, CardTransitionRefused (the label does not stand for NOT_ISSUED),
    CardEntityInvalid, ReasonInvalid. Of two with one number the first is added.
    """
    outcomes = [AddedCard() for _ in cards]
    book = load_series_book(org_id=origin.org.pk)
    labels = settle_card_labels(org_id=origin.org.pk)
    standards = get_card_standards(origin.org)
    rows: dict[int, CardRow] = {}
    for place, (card, outcome) in enumerate(zip(cards, outcomes, strict=True)):
        try:
            series = external_series(book.named(card.series_id, card.series_code))
            label = labels.named(card.label) if card.label else labels.of(NOT_ISSUED)
            if label.status != NOT_ISSUED:
                raise errors.CardTransitionRefused(present=NOT_ISSUED, wanted=label.status)
            custom, extended = read_fields(
                card.custom_fields, card.extended_fields, standards, outcome.notices
            )
            rows[place] = CardRow(
                series=series,
                number=read_number(card.number),
                external_id=_external_id(card.external_id),
                label=label,
                reason=clean_reason(card.reason),
                custom_fields=_present(custom),
                extended_fields=_present(extended),
                mapped_entity=read_entity(card.mapped_entity),
            )
        except DomainError as refusal:
            outcome.refusal = refusal
    written = write_cards(origin=origin, rows=list(rows.values()))
    lost = [row.number for row, pk in zip(rows.values(), written, strict=True) if pk is None]
    known = set(
        Card.objects.filter(org_id=origin.org.pk, number__in=lost).values_list("number", flat=True)
    )
    for (place, row), pk in zip(rows.items(), written, strict=True):
        outcomes[place].card_id = pk
        if pk is None:
            number_taken = row.number in known
            outcomes[place].refusal = (
                errors.CardNumberTaken() if number_taken else errors.CardExternalIdTaken()
            )
    record_events(
        origin=origin,
        events=[
            NewEvent("card.added", "card", pk, after={"series": row.series.pk})
            for row, pk in zip(rows.values(), written, strict=True)
            if pk is not None
        ],
    )
    return outcomes


@within_unit_of_work
def write_cards(*, origin: Origin, rows: Sequence[CardRow]) -> list[int | None]:
    """Write new cards with the first line of their logs; return each one's key.

    None stands for one whose number or external id another card has, in the list or before it.
    """
    ids = take_ids(Card, len(rows))
    # In the list the first wins, whatever the order is in which they are written.
    firsts = _without_repeats(zip(ids, rows, strict=True))
    # In the order of the numbers: two units that write the same ones wait in one direction only.
    ordered = sorted(firsts, key=lambda pair: pair[1].number)
    written = insert_unless_taken(
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
            for pk, row in ordered
        ],
    )  # fmt: skip
    log_labels(
        origin=origin,
        changes=[
            LabelChange(pk, row.label.pk, None, row.reason)
            for pk, row in zip(ids, rows, strict=True)
            if pk in written
        ],
    )
    return [pk if pk in written else None for pk in ids]


def _without_repeats(rows: Iterable[tuple[int, CardRow]]) -> list[tuple[int, CardRow]]:
    kept: list[tuple[int, CardRow]] = []
    seen: set[tuple[str, str]] = set()
    for pk, row in rows:
        names = {("number", row.number)}
        if row.external_id is not None:
            names.add(("external_id", row.external_id))
        if not names & seen:
            seen |= names
            kept.append((pk, row))
    return kept


def external_series(series: CardSeries | None) -> CardSeries:
    """Make sure that a number from outside may join the series.

    Raises:
        CardSeriesUnknown: no series is named.
        CardSeriesInactive, CardExternalRefused: it takes none, at all or from outside.
    """
    if series is None:
        raise errors.CardSeriesUnknown()
    if not series.is_active:
        raise errors.CardSeriesInactive()
    if not series.takes_external:
        raise errors.CardExternalRefused()
    return series


def _external_id(raw: object) -> str | None:
    return None if raw is None or raw == "" else read_external_id(raw)


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
