"""Issuing cards to customers: for one customer and for thousands (contract, rule 2.5)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors as customer_errors
from customers.models import Profile
from customers.operations.locking import lock_customers
from customers.rules.reasons import clean_reason
from customers.rules.updating import merged_fields
from loyalty import errors
from loyalty.models import Card, CardLabel, CardSeries, CardStatusChange
from loyalty.operations.adding_cards import CardRow, external_series, write_cards
from loyalty.operations.card_labels import CardLabels, settle_card_labels
from loyalty.operations.generating_cards import make_cards, pattern_of
from loyalty.operations.holding_cards import count_held
from loyalty.operations.writing_cards import (
    LabelChange,
    Registered,
    keys_of,
    log_labels,
    register_cards,
)
from loyalty.queries.card_series import load_series_book
from loyalty.queries.card_standards import get_card_standards
from loyalty.rules.card_details import read_external_id, read_fields, read_number
from loyalty.rules.card_numbers import check_pattern
from loyalty.rules.cards import (
    COUNTED,
    ISSUED,
    NOT_ISSUED,
    check_issue,
    check_room,
    expiry_of,
    status_at,
)

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIssue:
    """One wish: this card to this customer, registered in the profile of that source account.

    A card is named by its number or its external id. A number that is not known yet is added when
    the series takes numbers from outside; with neither, the series makes a new one.
    """

    customer_id: int
    source_account_id: int
    number: object = None
    external_id: object = None
    series_id: int | None = None
    series_code: str | None = None
    label: str | None = None
    reason: str = ""
    custom_fields: Mapping[str, object] = field(default_factory=dict)
    extended_fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class CardIssued:
    """What became of one wish: the card, or the refusal."""

    card_id: int | None = None
    number: str = ""
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    wish: CardIssue
    outcome: CardIssued = field(default_factory=CardIssued)
    number: str | None = None
    external_id: str | None = None
    series: CardSeries | None = None
    label: CardLabel | None = None
    reason: str = ""
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    profile_id: int = 0
    new_id: int | None = None


@within_unit_of_work
def issue_card(*, origin: Origin, wish: CardIssue) -> CardIssued:
    """Issue one card; raises the refusal that ``issue_cards`` tells."""
    [issued] = issue_cards(origin=origin, wishes=[wish])
    if issued.refusal is not None:
        raise issued.refusal
    return issued


@within_unit_of_work
def issue_cards(*, origin: Origin, wishes: Sequence[CardIssue]) -> list[CardIssued]:
    """Issue cards with their identifier rows, and say what became of each wish, in order.

    Without a label a card begins ISSUED. A card that the customer holds already is registered in
    this profile too, and takes the label if one is named.

    Refusals: CardUnknown, CardTaken, CardTransitionRefused, CardLimitReached, CardLabelUnknown,
    CardOfOtherSeries, CardSeriesUnknown, CardSeriesInactive, CardExternalRefused,
    CardGenerationDisabled, CardNumberInvalid, CardExternalIdInvalid, CardExternalIdTaken,
    ReasonInvalid; CustomerUnknown, CustomerMerged, NoProfileInSource.
    """
    items = [_Item(wish) for wish in wishes]
    labels = settle_card_labels(org_id=origin.org.pk)
    _read(origin, items, labels)
    _find_profiles(origin, items)
    _bring_new_cards(origin, items, labels)
    by_number, by_external_id = _lock_cards(origin, items)
    held = count_held(_open(items, "customer_id"))
    changed: dict[int, Card] = {}
    changes: list[LabelChange] = []
    events: list[NewEvent] = []
    registered: list[Registered] = []
    for item in _open_items(items):
        try:
            card = _card_of(item, by_number, by_external_id)
            change, event = _issue(origin, item, card, labels, held)
        except DomainError as refusal:
            item.outcome.refusal = refusal
            continue
        changed[card.pk] = card
        changes += change
        events += event
        registered += [
            Registered(item.wish.customer_id, item.profile_id, key) for key in keys_of(card)
        ]
        item.outcome.card_id, item.outcome.number = card.pk, card.number
    _drop_unissued(items, changed)
    _write(changed.values())
    log_labels(origin=origin, changes=changes)
    register_cards(origin=origin, registered=registered)
    record_events(origin=origin, events=events)
    return [item.outcome for item in items]


def _open_items(items: Sequence[_Item]) -> list[_Item]:
    return [item for item in items if item.outcome.refusal is None]


def _open(items: Sequence[_Item], name: str) -> set[int]:
    return {getattr(item.wish, name) for item in _open_items(items)}


def _read(origin: Origin, items: Sequence[_Item], labels: CardLabels) -> None:
    book = load_series_book(org_id=origin.org.pk)
    standards = get_card_standards(origin.org)
    for item in items:
        wish = item.wish
        try:
            item.series = book.named(wish.series_id, wish.series_code)
            item.label = labels.named(wish.label) if wish.label else None
            if wish.number not in (None, ""):
                item.number = read_number(wish.number)
            if wish.external_id not in (None, ""):
                item.external_id = read_external_id(wish.external_id)
            item.reason = clean_reason(wish.reason)
            item.custom_fields, item.extended_fields = read_fields(
                wish.custom_fields, wish.extended_fields, standards, item.outcome.notices
            )
        except DomainError as refusal:
            item.outcome.refusal = refusal


def _find_profiles(origin: Origin, items: Sequence[_Item]) -> None:
    """Lock the customers, so that nobody merges them and no second card slips past the limit."""
    wanted = {pk for pk in _open(items, "customer_id") if 0 < pk <= LARGEST_ID}
    customers = lock_customers(wanted)
    profiles = {
        (customer_id, account_id): pk
        for pk, customer_id, account_id in Profile.objects.filter(
            customer_id__in=customers, closed_at__isnull=True
        ).values_list("pk", "customer_id", "source_account_id")
    }
    for item in _open_items(items):
        customer = customers.get(item.wish.customer_id)
        place = item.wish.customer_id, item.wish.source_account_id
        if customer is None or customer.org_id != origin.org.pk:
            item.outcome.refusal = customer_errors.CustomerUnknown(customer_id=place[0])
        elif customer.merged_into_id is not None:
            item.outcome.refusal = customer_errors.CustomerMerged(
                survivor_id=customer.merged_into_id
            )
        elif place not in profiles:
            item.outcome.refusal = customer_errors.NoProfileInSource()
        else:
            item.profile_id = profiles[place]


def _bring_new_cards(origin: Origin, items: Sequence[_Item], labels: CardLabels) -> None:
    """Write the cards that do not exist yet: numbers from outside, and ones made here."""
    named = {item.number for item in _open_items(items) if item.number is not None}
    known = set(
        Card.objects.filter(org_id=origin.org.pk, number__in=named).values_list("number", flat=True)
    )
    external: dict[str, _Item] = {}
    made_here: dict[int, list[_Item]] = {}
    for item in _open_items(items):
        try:
            if item.number is not None and item.number not in known | external.keys():
                if item.series is None:
                    raise errors.CardUnknown()
                external_series(item.series)
                external[item.number] = item
            elif item.number is None and item.external_id is None:
                series = _series_with_numbers(item.series)
                made_here.setdefault(series.pk, []).append(item)
        except DomainError as refusal:
            item.outcome.refusal = refusal
    if not external and not made_here:
        return
    label = labels.of(NOT_ISSUED)
    rows = [
        CardRow(item.series, number, item.external_id, label)
        for number, item in external.items()
        if item.series is not None
    ]
    for item, pk in zip(external.values(), write_cards(origin=origin, rows=rows), strict=True):
        item.new_id = pk
    for of_series in made_here.values():
        series = _series_with_numbers(of_series[0].series)
        cards = make_cards(origin=origin, series=series, count=len(of_series), label=label)
        for item, (pk, number) in zip(of_series, cards, strict=True):
            item.new_id, item.number = pk, number


def _series_with_numbers(series: CardSeries | None) -> CardSeries:
    if series is None:
        raise errors.CardUnknown()
    if not series.is_active:
        raise errors.CardSeriesInactive()
    if not series.generation_enabled:
        raise errors.CardGenerationDisabled()
    check_pattern(pattern_of(series))
    return series


def _lock_cards(
    origin: Origin, items: Sequence[_Item]
) -> tuple[dict[str, Card], dict[str | None, Card]]:
    """Lock the cards after the customers, in the order of their keys."""
    cards = Card.objects.filter(org_id=origin.org.pk).select_related("series")
    numbers = {item.number for item in _open_items(items) if item.number is not None}
    others = {item.external_id for item in _open_items(items) if item.number is None}
    ids = [
        *cards.filter(number__in=numbers).values_list("pk", flat=True),
        *(cards.filter(external_id__in=others).values_list("pk", flat=True) if others else ()),
    ]
    # Evaluated here: a lazy queryset would take no lock.
    locked = list(cards.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)))
    return {card.number: card for card in locked}, {card.external_id: card for card in locked}


def _card_of(
    item: _Item, by_number: Mapping[str, Card], by_external_id: Mapping[str | None, Card]
) -> Card:
    if item.number is None:
        card = by_external_id.get(item.external_id)
    else:
        card = by_number.get(item.number)
    if card is None:
        # A number that could not be written although no card has it: its external id was taken.
        raise errors.CardExternalIdTaken() if item.number else errors.CardUnknown()
    if item.series is not None and item.series.pk != card.series_id:
        raise errors.CardOfOtherSeries()
    if item.external_id is not None and item.external_id != card.external_id:
        raise errors.CardExternalIdInvalid()
    return card


def _issue(
    origin: Origin, item: _Item, card: Card, labels: CardLabels, held: Counter[tuple[int, int]]
) -> tuple[list[LabelChange], list[NewEvent]]:
    """Decide, and change the card in memory; what was decided before is seen by what follows."""
    customer_id = item.wish.customer_id
    is_theirs = card.customer_id == customer_id
    label = item.label or (labels.by_id[card.label_id] if is_theirs else labels.of(ISSUED))
    present = status_at(card.status, card.expires_at, origin.at)
    if not is_theirs and not card.series.is_active:
        raise errors.CardSeriesInactive()
    check_issue(
        present=present, wanted=label.status, holder_id=card.customer_id, customer_id=customer_id
    )
    place = customer_id, card.series_id
    counts_more = (label.status in COUNTED) - (is_theirs and card.status in COUNTED)
    if counts_more > 0:
        check_room(held=held[place], limit=card.series.max_active_cards)
    held[place] += counts_more
    before = card.label_id
    card.label_id, card.status = label.pk, label.status
    card.custom_fields = merged_fields(card.custom_fields, item.custom_fields)
    card.extended_fields = merged_fields(card.extended_fields, item.extended_fields)
    if not is_theirs:
        card.customer_id, card.issued_at, card.issued_by_id = (
            customer_id,
            origin.at,
            origin.actor_id,
        )
        days = card.series.expiry_days if card.series.expiry_enabled else 0
        card.expires_at = expiry_of(issued_at=origin.at, days=days, zone=origin.org.zone)
    if is_theirs and before == label.pk:
        return [], []
    event = NewEvent(
        "card.labelled" if is_theirs else "card.issued",
        "card",
        card.pk,
        {"label": labels.name_of(before)},
        {"label": label.label, "customer": customer_id, "reason": item.reason},
    )
    return [LabelChange(card.pk, label.pk, before, item.reason)], [event]


def _drop_unissued(items: Sequence[_Item], changed: Mapping[int, Card]) -> None:
    """Take back what was written for wishes that were refused after all."""
    ids = {item.new_id for item in items if item.new_id is not None} - changed.keys()
    if ids:
        CardStatusChange.objects.filter(card__in=ids).delete()
        Card.objects.filter(pk__in=ids).delete()


def _write(cards: Collection[Card]) -> None:
    bulk_update(
        Card,
        (
            "customer_id", "label_id", "status", "issued_by_id", "issued_at", "expires_at",
            "custom_fields", "extended_fields",
        ),
        [
            (
                card.pk, card.customer_id, card.label_id, card.status, card.issued_by_id,
                card.issued_at, card.expires_at, card.custom_fields, card.extended_fields,
            )
            for card in cards
        ],
    )  # fmt: skip
