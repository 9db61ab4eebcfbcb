"""Update cards: labels, fields and mapped entity (operation 28)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.rules.customer_update import merge_fields
from customers.rules.text import clean_reason
from loyalty import errors, notices
from loyalty.models import Card, CardLabel
from loyalty.operations.cards.delink import DelinkRequest, delink_cards
from loyalty.operations.cards.external_ids import ExternalIdChanges
from loyalty.operations.cards.holders import count_held_cards, lock_cards_with_holders
from loyalty.operations.cards.labels import CardLabels, ensure_card_labels
from loyalty.operations.cards.write import LabelChange, log_label_changes
from loyalty.queries.cards.cards import find_cards
from loyalty.queries.cards.series import CardSeriesIndex, load_card_series_index
from loyalty.queries.cards.settings import get_card_field_settings
from loyalty.rules.card_details import CardFieldSettings, read_entity, read_fields
from loyalty.rules.cards import (
    COUNTED_STATUSES,
    NOT_ISSUED,
    check_card_limit,
    check_transition,
    get_status_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardUpdate:
    """The changes of one card, given by its number or its external id.

    With a number, another external id is the card's new one. Attributes that are None stay as they
    are; a field whose value is None is removed.
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
class CardUpdateResult:
    """The result of one update: the card, or the refusal."""

    card_id: int | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@within_unit_of_work
def update_card(*, origin: Origin, change: CardUpdate) -> CardUpdateResult:
    """Update one card; raise the refusal that ``update_cards`` returns."""
    [result] = update_cards(origin=origin, changes=[change])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def update_cards(*, origin: Origin, changes: Sequence[CardUpdate]) -> list[CardUpdateResult]:
    """Update cards; return one result for each, in order. An unchanged label is a notice.

    A label of NOT_ISSUED delinks the card from its customer.

    Refusals: CardUnknown, CardNumberInvalid, CardExternalIdInvalid, CardExternalIdTaken,
    CardSeriesUnknown, CardOfOtherSeries, CardLabelUnknown, CardTransitionRefused, CardLimitReached,
    CardEntityInvalid, ReasonInvalid, and those of ``delink_cards``.
    """
    outcomes = [CardUpdateResult() for _ in changes]
    labels = ensure_card_labels(org_id=origin.org.pk)
    card_ids = find_cards(
        org_id=origin.org.pk, keys=[(change.number, change.external_id) for change in changes]
    )
    known_ids = [pk for pk in card_ids if isinstance(pk, int)]
    cards, holders = lock_cards_with_holders(known_ids)
    external_ids = ExternalIdChanges(origin, [change.external_id for change in changes])
    held_counts = count_held_cards(holders)
    book = load_card_series_index(org_id=origin.org.pk)
    field_settings = get_card_field_settings(origin.org)
    log: list[LabelChange] = []
    # Cards are delinked all at once, after the other changes are decided.
    delinks: dict[int, tuple[CardUpdate, CardUpdateResult]] = {}
    for change, outcome, pk in zip(changes, outcomes, card_ids, strict=True):
        try:
            if isinstance(pk, DomainError):
                raise pk
            card = cards[pk]
            _check_series(card, change, book)
            external_id = external_ids.check(card, change.external_id)
            entity = read_entity(change.mapped_entity)
            label = labels.find(change.label) if change.label else None
            reason = clean_reason(change.reason)
            if label is not None and pk in delinks:
                raise errors.CardTransitionRefused(present=NOT_ISSUED, wanted=label.status)
            outcome.card_id = pk
            if label is not None and label.status == NOT_ISSUED and card.customer_id is not None:
                delinks[pk] = change, outcome
                external_ids.plan(card, external_id, outcome)
                continue
            if label is not None:
                log += _change_label(origin, card, label, reason, held_counts, outcome)
            _apply_details(card, change, entity, field_settings, outcome)
            external_ids.plan(card, external_id, outcome)
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
    log_label_changes(origin=origin, changes=log)
    record_events(
        origin=origin, events=[_build_event(labels, label_change) for label_change in log]
    )
    _delink_cards(origin, cards, labels, field_settings, delinks)
    _save_cards(cards.values())
    external_ids.write()
    return outcomes


def _check_series(card: Card, change: CardUpdate, book: CardSeriesIndex) -> None:
    """Refuse a change whose series is not that of the card."""
    series = book.find(change.series_id, change.series_code)
    if series is not None and series.pk != card.series_id:
        raise errors.CardOfOtherSeries()


def _delink_cards(
    origin: Origin,
    cards: Mapping[int, Card],
    labels: CardLabels,
    field_settings: CardFieldSettings,
    delinks: Mapping[int, tuple[CardUpdate, CardUpdateResult]],
) -> None:
    requests = [
        DelinkRequest(number=cards[pk].number, label=change.label, reason=change.reason)
        for pk, (change, _) in delinks.items()
    ]
    results = delink_cards(origin=origin, requests=requests) if requests else []
    for (pk, (change, outcome)), result in zip(delinks.items(), results, strict=True):
        outcome.refusal = result.refusal
        if result.refusal is None and change.label:
            card = cards[pk]
            card.label_id, card.status = labels.find(change.label).pk, NOT_ISSUED
            _apply_details(card, change, read_entity(change.mapped_entity), field_settings, outcome)


def _save_cards(cards: Iterable[Card]) -> None:
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


def _change_label(
    origin: Origin,
    card: Card,
    label: CardLabel,
    reason: str,
    held_counts: Counter[tuple[int, int]],
    outcome: CardUpdateResult,
) -> list[LabelChange]:
    """Check the transition and change the card in memory."""
    if card.label_id == label.pk:
        outcome.notices.append(Notice(notices.CARD_LABEL_UNCHANGED, label=label.label))
        return []
    check_transition(get_status_at(card.status, card.expires_at, origin.at), label.status)
    if card.customer_id is not None:
        limit_key = card.customer_id, card.series_id
        count_change = (label.status in COUNTED_STATUSES) - (card.status in COUNTED_STATUSES)
        if count_change > 0:
            check_card_limit(held_count=held_counts[limit_key], limit=card.series.max_active_cards)
        held_counts[limit_key] += count_change
    previous_label_id = card.label_id
    card.label_id, card.status = label.pk, label.status
    return [LabelChange(card.pk, label.pk, previous_label_id, reason)]


def _build_event(labels: CardLabels, change: LabelChange) -> NewEvent:
    return NewEvent(
        "card.labelled",
        "card",
        change.card_id,
        {"label": labels.get_name(change.previous_label_id)},
        {"label": labels.get_name(change.label_id), "reason": change.reason},
    )


def _apply_details(
    card: Card,
    change: CardUpdate,
    entity: Any,
    field_settings: CardFieldSettings,
    outcome: CardUpdateResult,
) -> None:
    custom, extended = read_fields(
        change.custom_fields, change.extended_fields, field_settings, outcome.notices
    )
    card.custom_fields = merge_fields(card.custom_fields, custom)
    card.extended_fields = merge_fields(card.extended_fields, extended)
    if entity is not None:
        card.mapped_entity = entity
