"""Changing what is said about cards: their labels, fields and mapped entity (operation 28)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.rules.reasons import clean_reason
from customers.rules.updating import merged_fields
from loyalty import errors, notices
from loyalty.models import Card, CardLabel
from loyalty.operations.card_labels import CardLabels, settle_card_labels
from loyalty.operations.delinking_cards import CardDelink, delink_cards
from loyalty.operations.holding_cards import count_held, lock_with_holders
from loyalty.operations.writing_cards import LabelChange, log_labels
from loyalty.queries.card_series import SeriesBook, load_series_book
from loyalty.queries.card_standards import get_card_standards
from loyalty.queries.cards import find_cards
from loyalty.rules.card_details import CardStandards, read_entity, read_external_id, read_fields
from loyalty.rules.cards import COUNTED, NOT_ISSUED, check_room, check_transition, status_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CardChange:
    """One change, of the card that the number or the external id names.

    What is None stays; a field whose value is None goes.
    """

    number: object = None
    external_id: object = None
    series_id: int | None = None
    series_code: str | None = None
    label: str | None = None
    reason: str = ""
    custom_fields: Mapping[str, object] = field(default_factory=dict)
    extended_fields: Mapping[str, object] = field(default_factory=dict)
    mapped_entity: Any = None


@dataclass(slots=True)
class CardChanged:
    """What became of one change: the card, or the refusal."""

    card_id: int | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@within_unit_of_work
def update_card(*, origin: Origin, change: CardChange) -> CardChanged:
    """Change one card; raises the refusal that ``update_cards`` tells."""
    [changed] = update_cards(origin=origin, changes=[change])
    if changed.refusal is not None:
        raise changed.refusal
    return changed


@within_unit_of_work
def update_cards(*, origin: Origin, changes: Sequence[CardChange]) -> list[CardChanged]:
    """Change cards and say what became of each, in order; a label that stands is a notice.

    A label of NOT_ISSUED takes the card back from its customer.

    Refusals: CardUnknown, CardNumberInvalid, CardExternalIdInvalid, CardSeriesUnknown,
    CardOfOtherSeries, CardLabelUnknown, CardTransitionRefused, CardLimitReached, CardEntityInvalid,
    ReasonInvalid, and those of ``delink_cards``.
    """
    outcomes = [CardChanged() for _ in changes]
    labels = settle_card_labels(org_id=origin.org.pk)
    found = find_cards(org_id=origin.org.pk, named=[(c.number, c.external_id) for c in changes])
    ids = [pk for pk in found if isinstance(pk, int)]
    cards, holders = lock_with_holders(ids)
    held = count_held(holders)
    book = load_series_book(org_id=origin.org.pk)
    standards = get_card_standards(origin.org)
    log: list[LabelChange] = []
    # What takes a card back is done for all of them at once, after the others are decided.
    delinks: dict[int, tuple[CardChange, CardChanged]] = {}
    for change, outcome, pk in zip(changes, outcomes, found, strict=True):
        try:
            if isinstance(pk, DomainError):
                raise pk
            card = cards[pk]
            _check_names(card, change, book)
            entity = read_entity(change.mapped_entity)
            label = labels.named(change.label) if change.label else None
            reason = clean_reason(change.reason)
            if label is not None and pk in delinks:
                raise errors.CardTransitionRefused(present=NOT_ISSUED, wanted=label.status)
            outcome.card_id = pk
            if label is not None and label.status == NOT_ISSUED and card.customer_id is not None:
                delinks[pk] = change, outcome
                continue
            if label is not None:
                log += _label(origin, card, label, reason, held, outcome)
            _write_details(card, change, entity, standards, outcome)
        except DomainError as refusal:
            outcome.refusal = refusal
    log_labels(origin=origin, changes=log)
    record_events(origin=origin, events=[_event(labels, line) for line in log])
    _delink(origin, cards, labels, standards, delinks)
    _write(cards.values())
    return outcomes


def _check_names(card: Card, change: CardChange, book: SeriesBook) -> None:
    """Refuse a change that names the card's series or external id otherwise than they are."""
    series = book.named(change.series_id, change.series_code)
    if series is not None and series.pk != card.series_id:
        raise errors.CardOfOtherSeries()
    named = change.external_id not in (None, "")
    if named and card.external_id != read_external_id(change.external_id):
        raise errors.CardExternalIdInvalid()


def _delink(
    origin: Origin,
    cards: Mapping[int, Card],
    labels: CardLabels,
    standards: CardStandards,
    delinks: Mapping[int, tuple[CardChange, CardChanged]],
) -> None:
    wishes = [
        CardDelink(number=cards[pk].number, label=change.label, reason=change.reason)
        for pk, (change, _) in delinks.items()
    ]
    done = delink_cards(origin=origin, wishes=wishes) if wishes else []
    for (pk, (change, outcome)), delinked in zip(delinks.items(), done, strict=True):
        outcome.refusal = delinked.refusal
        if delinked.refusal is None and change.label:
            card = cards[pk]
            card.label_id, card.status = labels.named(change.label).pk, NOT_ISSUED
            _write_details(card, change, read_entity(change.mapped_entity), standards, outcome)


def _write(cards: Iterable[Card]) -> None:
    bulk_update(
        Card,
        ("label_id", "status", "custom_fields", "extended_fields", "mapped_entity"),
        [
            (
                card.pk,
                card.label_id,
                card.status,
                card.custom_fields,
                card.extended_fields,
                card.mapped_entity,
            )
            for card in cards
        ],
    )


def _label(
    origin: Origin,
    card: Card,
    label: CardLabel,
    reason: str,
    held: Counter[tuple[int, int]],
    outcome: CardChanged,
) -> list[LabelChange]:
    """Decide, and change the card in memory."""
    if card.label_id == label.pk:
        outcome.notices.append(Notice(notices.CARD_LABEL_UNCHANGED, label=label.label))
        return []
    check_transition(status_at(card.status, card.expires_at, origin.at), label.status)
    if card.customer_id is not None:
        place = card.customer_id, card.series_id
        counts_more = (label.status in COUNTED) - (card.status in COUNTED)
        if counts_more > 0:
            check_room(held=held[place], limit=card.series.max_active_cards)
        held[place] += counts_more
    before = card.label_id
    card.label_id, card.status = label.pk, label.status
    return [LabelChange(card.pk, label.pk, before, reason)]


def _event(labels: CardLabels, change: LabelChange) -> NewEvent:
    return NewEvent(
        "card.labelled",
        "card",
        change.card_id,
        {"label": labels.name_of(change.previous_label_id)},
        {"label": labels.name_of(change.label_id), "reason": change.reason},
    )


def _write_details(
    card: Card,
    change: CardChange,
    entity: Any,
    standards: CardStandards,
    outcome: CardChanged,
) -> None:
    custom, extended = read_fields(
        change.custom_fields, change.extended_fields, standards, outcome.notices
    )
    card.custom_fields = merged_fields(card.custom_fields, custom)
    card.extended_fields = merged_fields(card.extended_fields, extended)
    if entity is not None:
        card.mapped_entity = entity
