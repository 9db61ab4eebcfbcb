"""Issue cards: for one customer or for thousands (contract, rule 2.5)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors as customer_errors
from customers.models import Customer, Profile
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import find_inactive_refusal
from customers.queries.status_effects import get_status_effects
from customers.rules.customer_update import merge_fields
from customers.rules.status_effects import CARDS
from customers.rules.text import clean_reason
from loyalty import errors
from loyalty.models import Card, CardLabel, CardSeries, CardStatusChange
from loyalty.operations.cards.add import CardRow, check_external_series, write_cards
from loyalty.operations.cards.generate import (
    check_generating_series,
    make_cards,
)
from loyalty.operations.cards.holders import count_held_cards
from loyalty.operations.cards.labels import CardLabels, ensure_card_labels
from loyalty.operations.cards.write import (
    LabelChange,
    ProfileCardIdentifier,
    get_card_keys,
    log_label_changes,
    register_card_identifiers,
)
from loyalty.queries.cards.series import load_card_series_index
from loyalty.queries.cards.settings import get_card_field_settings
from loyalty.queries.customer_blocks import find_block
from loyalty.rules.card_details import read_external_id, read_fields, read_number
from loyalty.rules.cards import (
    COUNTED_STATUSES,
    ISSUED,
    NOT_ISSUED,
    check_card_limit,
    check_issue,
    get_card_expiry,
    get_status_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIssueRequest:
    """A request to issue a card to a customer, in their profile of a source account.

    The card is given by its number or its external id. An unknown number is added if the series
    takes external numbers. Without both, the series generates a new number.
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
class CardIssueResult:
    """The result of one request: the card, or the refusal."""

    card_id: int | None = None
    number: str = ""
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    request: CardIssueRequest
    outcome: CardIssueResult = field(default_factory=CardIssueResult)
    number: str | None = None
    external_id: str | None = None
    series: CardSeries | None = None
    label: CardLabel | None = None
    reason: str = ""
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    profile_id: int = 0
    new_card_id: int | None = None


@within_unit_of_work
def issue_card(*, origin: Origin, request: CardIssueRequest) -> CardIssueResult:
    """Issue one card; raise the refusal that ``issue_cards`` returns."""
    [result] = issue_cards(origin=origin, requests=[request])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def issue_cards(*, origin: Origin, requests: Sequence[CardIssueRequest]) -> list[CardIssueResult]:
    """Issue cards with their identifier rows; return one result for each request, in order.

    Without a label, a card gets the default label of ISSUED. A card that the customer holds already
    is registered in this profile too, and gets the label if one is given.

    Refusals: CardUnknown, CardTaken, CardTransitionRefused, CardLimitReached, CardLabelUnknown,
    CardOfOtherSeries, CardSeriesUnknown, CardSeriesInactive, CardExternalRefused,
    CardGenerationDisabled, CardNumberInvalid, CardExternalIdInvalid, CardExternalIdTaken,
    ReasonInvalid, CardForNonLoyalty (any customer who is not a loyalty customer);
    CustomerUnknown, CustomerMerged, StatusBlocksCards, NoProfileInSource.
    """
    items = [_Item(request) for request in requests]
    labels = ensure_card_labels(org_id=origin.org.pk)
    _read_requests(origin, items, labels)
    _find_profiles(origin, items)
    _create_missing_cards(origin, items, labels)
    by_number, by_external_id = _lock_cards(origin, items)
    held_counts = count_held_cards(_collect_open_values(items, "customer_id"))
    changed_cards: dict[int, Card] = {}
    changes: list[LabelChange] = []
    events: list[NewEvent] = []
    identifiers: list[ProfileCardIdentifier] = []
    for item in _list_open_items(items):
        try:
            card = _find_card(item, by_number, by_external_id)
            label_changes, item_events = _issue_item(origin, item, card, labels, held_counts)
        except DomainError as refusal:
            item.outcome.refusal = refusal.detached()
            continue
        changed_cards[card.pk] = card
        changes += label_changes
        events += item_events
        identifiers += [
            ProfileCardIdentifier(item.request.customer_id, item.profile_id, key)
            for key in get_card_keys(card)
        ]
        item.outcome.card_id, item.outcome.number = card.pk, card.number
    _delete_unissued_cards(items, changed_cards)
    _save_cards(changed_cards.values())
    log_label_changes(origin=origin, changes=changes)
    register_card_identifiers(origin=origin, identifiers=identifiers)
    record_events(origin=origin, events=events)
    return [item.outcome for item in items]


def _list_open_items(items: Sequence[_Item]) -> list[_Item]:
    return [item for item in items if item.outcome.refusal is None]


def _collect_open_values(items: Sequence[_Item], name: str) -> set[int]:
    return {getattr(item.request, name) for item in _list_open_items(items)}


def _read_requests(origin: Origin, items: Sequence[_Item], labels: CardLabels) -> None:
    book = load_card_series_index(org_id=origin.org.pk)
    field_settings = get_card_field_settings(origin.org)
    for item in items:
        request = item.request
        try:
            item.series = book.find(request.series_id, request.series_code)
            item.label = labels.find(request.label) if request.label else None
            if request.number not in (None, ""):
                item.number = read_number(request.number)
            if request.external_id not in (None, ""):
                item.external_id = read_external_id(request.external_id)
            item.reason = clean_reason(request.reason)
            item.custom_fields, item.extended_fields = read_fields(
                request.custom_fields, request.extended_fields, field_settings, item.outcome.notices
            )
        except DomainError as refusal:
            item.outcome.refusal = refusal.detached()


def _find_profiles(origin: Origin, items: Sequence[_Item]) -> None:
    """Lock the customers against merges and concurrent issues, and find their profiles."""
    customers = lock_customers(_collect_open_values(items, "customer_id"))
    profiles = {
        (customer_id, account_id): pk
        for pk, customer_id, account_id in Profile.objects.filter(
            customer_id__in=customers, closed_at__isnull=True
        ).values_list("pk", "customer_id", "source_account_id")
    }
    effects = get_status_effects(origin.org.pk)
    for item in _list_open_items(items):
        profile_key = item.request.customer_id, item.request.source_account_id
        item.profile_id = profiles.get(profile_key, 0)
        item.outcome.refusal = find_inactive_refusal(
            origin.org.pk, customers, item.request.customer_id
        )
        if item.outcome.refusal is None:
            customer = customers[item.request.customer_id]
            item.outcome.refusal = find_block(effects, customer, CARDS)
            if customer.loyalty_type != Customer.LoyaltyType.LOYALTY:
                item.outcome.refusal = errors.CardForNonLoyalty()
        if item.outcome.refusal is None and not item.profile_id:
            item.outcome.refusal = customer_errors.NoProfileInSource()


def _create_missing_cards(origin: Origin, items: Sequence[_Item], labels: CardLabels) -> None:
    """Write the cards that do not exist yet, with external and with generated numbers."""
    numbers = {item.number for item in _list_open_items(items) if item.number is not None}
    existing_numbers = set(
        Card.objects.filter(org_id=origin.org.pk, number__in=numbers).values_list(
            "number", flat=True
        )
    )
    external_items: dict[str, _Item] = {}
    generated_items: dict[int, list[_Item]] = {}
    for item in _list_open_items(items):
        try:
            if (
                item.number is not None
                and item.number not in existing_numbers | external_items.keys()
            ):
                if item.series is None:
                    raise errors.CardUnknown()
                check_external_series(item.series)
                external_items[item.number] = item
            elif item.number is None and item.external_id is None:
                series = check_generating_series(item.series)
                generated_items.setdefault(series.pk, []).append(item)
        except DomainError as refusal:
            item.outcome.refusal = refusal.detached()
    if not external_items and not generated_items:
        return
    label = labels.of(NOT_ISSUED)
    rows = [
        CardRow(item.series, number, item.external_id, label)
        for number, item in external_items.items()
        if item.series is not None
    ]
    for item, pk in zip(
        external_items.values(), write_cards(origin=origin, rows=rows), strict=True
    ):
        item.new_card_id = pk
    for series_items in generated_items.values():
        series = check_generating_series(series_items[0].series)
        cards = make_cards(origin=origin, series=series, count=len(series_items), label=label)
        for item, (pk, number) in zip(series_items, cards, strict=True):
            item.new_card_id, item.number = pk, number


def _lock_cards(
    origin: Origin, items: Sequence[_Item]
) -> tuple[dict[str, Card], dict[str | None, Card]]:
    """Lock the cards after the customers, in key order."""
    cards = Card.objects.filter(org_id=origin.org.pk).select_related("series")
    numbers = {item.number for item in _list_open_items(items) if item.number is not None}
    external_ids = {item.external_id for item in _list_open_items(items) if item.number is None}
    ids = [
        *cards.filter(number__in=numbers).values_list("pk", flat=True),
        *(
            cards.filter(external_id__in=external_ids).values_list("pk", flat=True)
            if external_ids
            else ()
        ),
    ]
    # Evaluated here: a lazy queryset would take no lock.
    locked = list(cards.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)))
    return {card.number: card for card in locked}, {card.external_id: card for card in locked}


def _find_card(
    item: _Item, by_number: Mapping[str, Card], by_external_id: Mapping[str | None, Card]
) -> Card:
    if item.number is None:
        card = by_external_id.get(item.external_id)
    else:
        card = by_number.get(item.number)
    if card is None:
        # The number could not be written although no card has it: the external id was taken.
        raise errors.CardExternalIdTaken() if item.number else errors.CardUnknown()
    if item.series is not None and item.series.pk != card.series_id:
        raise errors.CardOfOtherSeries()
    if item.external_id is not None and item.external_id != card.external_id:
        raise errors.CardExternalIdInvalid()
    return card


def _issue_item(
    origin: Origin,
    item: _Item,
    card: Card,
    labels: CardLabels,
    held_counts: Counter[tuple[int, int]],
) -> tuple[list[LabelChange], list[NewEvent]]:
    """Check the request and change the card in memory; later items see the change."""
    customer_id = item.request.customer_id
    is_holder = card.customer_id == customer_id
    label = item.label or (labels.by_id[card.label_id] if is_holder else labels.of(ISSUED))
    current = get_status_at(card.status, card.expires_at, origin.at)
    if not is_holder and not card.series.is_active:
        raise errors.CardSeriesInactive()
    check_issue(
        current=current, new=label.status, holder_id=card.customer_id, customer_id=customer_id
    )
    limit_key = customer_id, card.series_id
    count_change = (label.status in COUNTED_STATUSES) - (
        is_holder and card.status in COUNTED_STATUSES
    )
    if count_change > 0:
        check_card_limit(held_count=held_counts[limit_key], limit=card.series.max_active_cards)
    held_counts[limit_key] += count_change
    previous_label_id = card.label_id
    card.label_id, card.status = label.pk, label.status
    card.custom_fields = merge_fields(card.custom_fields, item.custom_fields)
    card.extended_fields = merge_fields(card.extended_fields, item.extended_fields)
    if not is_holder:
        card.customer_id, card.issued_at, card.issued_by_id = (
            customer_id,
            origin.at,
            origin.actor_id,
        )
        days = card.series.expiry_days if card.series.expiry_enabled else 0
        card.expires_at = get_card_expiry(issued_at=origin.at, days=days, zone=origin.org.zone)
    if is_holder and previous_label_id == label.pk:
        return [], []
    event = NewEvent(
        "card.labelled" if is_holder else "card.issued",
        "card",
        card.pk,
        {"label": labels.get_name(previous_label_id)},
        {"label": label.label, "customer": customer_id, "reason": item.reason},
    )
    return [LabelChange(card.pk, label.pk, previous_label_id, item.reason)], [event]


def _delete_unissued_cards(items: Sequence[_Item], changed_cards: Mapping[int, Card]) -> None:
    """Delete the new cards of requests that were refused in the end."""
    ids = {
        item.new_card_id for item in items if item.new_card_id is not None
    } - changed_cards.keys()
    if ids:
        CardStatusChange.objects.filter(card__in=ids).delete()
        Card.objects.filter(pk__in=ids).delete()


def _save_cards(cards: Collection[Card]) -> None:
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
