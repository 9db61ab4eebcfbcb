"""Delink cards from the customers who hold them (contract, rule 2.5)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors as customer_errors
from customers.models import Identifier
from customers.rules.text import clean_reason
from loyalty import errors
from loyalty.models import Card, CardLabel
from loyalty.operations.cards.holders import lock_cards_with_holders
from loyalty.operations.cards.labels import ensure_card_labels
from loyalty.operations.cards.write import (
    LabelChange,
    deregister_card_identifiers,
    get_card_keys,
    log_label_changes,
)
from loyalty.queries.cards.cards import find_cards
from loyalty.rules.cards import HELD_STATUSES, NOT_ISSUED


@dataclass(frozen=True, slots=True, kw_only=True)
class DelinkRequest:
    """A request to delink a card, given by its number or its external id.

    With ``customer_id``, it is refused if another customer holds the card.
    """

    number: object = None
    external_id: object = None
    customer_id: int | None = None
    label: str | None = None
    reason: str = ""


@dataclass(slots=True)
class DelinkResult:
    """The result of one request: the card and its former holder, or the refusal."""

    card_id: int | None = None
    customer_id: int | None = None
    refusal: DomainError | None = None


@within_unit_of_work
def delink_card(*, origin: Origin, request: DelinkRequest) -> DelinkResult:
    """Delink one card; raise the refusal that ``delink_cards`` returns."""
    [result] = delink_cards(origin=origin, requests=[request])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def delink_cards(*, origin: Origin, requests: Sequence[DelinkRequest]) -> list[DelinkResult]:
    """Delink cards: each becomes NOT_ISSUED, and its identifiers are removed from all profiles.

    A request that also adds identifiers adds them first, because no customer may lose the last.

    Refusals: CardUnknown, CardNumberInvalid, CardExternalIdInvalid, CardNotHeld,
    CardTransitionRefused (it was deleted, or the label does not stand for NOT_ISSUED),
    CardLabelUnknown, ReasonInvalid; LastIdentifier of the customers app.
    """
    outcomes = [DelinkResult() for _ in requests]
    targets: list[tuple[int, str, CardLabel]] = []
    labels = ensure_card_labels(org_id=origin.org.pk)
    ids = find_cards(
        org_id=origin.org.pk, keys=[(request.number, request.external_id) for request in requests]
    )
    for request, outcome, card_id in zip(requests, outcomes, ids, strict=True):
        try:
            if isinstance(card_id, DomainError):
                raise card_id
            label = labels.find(request.label) if request.label else labels.of(NOT_ISSUED)
            targets.append((card_id, clean_reason(request.reason), label))
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
            targets.append((0, "", labels.of(NOT_ISSUED)))
    cards, holders = lock_cards_with_holders([pk for pk, _, _ in targets if pk])
    identifier_counts = _count_identifiers(holders)
    delinked_cards: list[Card] = []
    changes: list[LabelChange] = []
    events: list[NewEvent] = []
    for request, outcome, (pk, reason, label) in zip(requests, outcomes, targets, strict=True):
        if outcome.refusal is not None:
            continue
        card = cards[pk]
        try:
            holder = _check_delink(
                card, request, label, identifier_counts, delinked_cards=delinked_cards
            )
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
            continue
        identifier_counts[holder] -= len(get_card_keys(card))
        delinked_cards.append(card)
        changes.append(LabelChange(pk, label.pk, card.label_id, reason))
        events.append(
            NewEvent(
                "card.delinked",
                "card",
                pk,
                {"label": labels.get_name(card.label_id), "customer": holder},
                {"label": label.label, "reason": reason},
            )
        )
        outcome.card_id, outcome.customer_id = pk, holder
    deregister_card_identifiers(origin=origin, cards=delinked_cards)
    bulk_update(
        Card,
        ("customer_id", "label_id", "status", "issued_by_id", "issued_at", "expires_at"),
        [
            (change.card_id, None, change.label_id, NOT_ISSUED, None, None, None)
            for change in changes
        ],
    )
    log_label_changes(origin=origin, changes=changes)
    record_events(origin=origin, events=events)
    return outcomes


def _count_identifiers(customer_ids: Collection[int]) -> Counter[int]:
    rows = (
        Identifier.objects.filter(customer_id__in=customer_ids)
        .values_list("customer_id")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return Counter(dict(rows))


def _check_delink(
    card: Card,
    request: DelinkRequest,
    label: CardLabel,
    identifier_counts: Mapping[int, int],
    delinked_cards: Collection[Card],
) -> int:
    """Return the customer who holds the card, or refuse."""
    if card in delinked_cards or card.customer_id is None:
        raise errors.CardNotHeld()
    if request.customer_id not in (None, card.customer_id):
        raise errors.CardNotHeld()
    if card.status not in HELD_STATUSES or label.status != NOT_ISSUED:
        raise errors.CardTransitionRefused(present=card.status, wanted=label.status)
    if identifier_counts[card.customer_id] <= len(get_card_keys(card)):
        raise customer_errors.LastIdentifier()
    return card.customer_id
