"""Taking cards back from the customers who hold them (contract, rule 2.5)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors as customer_errors
from customers.models import Identifier
from customers.rules.reasons import clean_reason
from loyalty import errors
from loyalty.models import Card, CardLabel
from loyalty.operations.card_labels import settle_card_labels
from loyalty.operations.holding_cards import lock_with_holders
from loyalty.operations.writing_cards import LabelChange, deregister_cards, keys_of, log_labels
from loyalty.queries.cards import find_cards
from loyalty.rules.cards import HELD, NOT_ISSUED


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDelink:
    """One wish, which names the card by its number or its external id.

    With a customer it is refused when somebody else holds the card.
    """

    number: object = None
    external_id: object = None
    customer_id: int | None = None
    label: str | None = None
    reason: str = ""


@dataclass(slots=True)
class CardDelinked:
    """What became of one wish: the card and who held it, or the refusal."""

    card_id: int | None = None
    customer_id: int | None = None
    refusal: DomainError | None = None


@within_unit_of_work
def delink_card(*, origin: Origin, wish: CardDelink) -> CardDelinked:
    """Take one card back; raises the refusal that ``delink_cards`` tells."""
    [delinked] = delink_cards(origin=origin, wishes=[wish])
    if delinked.refusal is not None:
        raise delinked.refusal
    return delinked


@within_unit_of_work
def delink_cards(*, origin: Origin, wishes: Sequence[CardDelink]) -> list[CardDelinked]:
    """Take cards back: each is NOT_ISSUED again, and its identifiers find nobody in any profile.

    Whoever adds identifiers in the same request does so before, as nobody ends without any.

    Refusals: CardUnknown, CardNumberInvalid, CardExternalIdInvalid, CardNotHeld,
    CardTransitionRefused (it was deleted, or the label does not stand for NOT_ISSUED),
    CardLabelUnknown, ReasonInvalid; LastIdentifier of the customers app.
    """
    outcomes = [CardDelinked() for _ in wishes]
    named: list[tuple[int, str, CardLabel]] = []
    labels = settle_card_labels(org_id=origin.org.pk)
    ids = find_cards(org_id=origin.org.pk, named=[(w.number, w.external_id) for w in wishes])
    for wish, outcome, found in zip(wishes, outcomes, ids, strict=True):
        try:
            if isinstance(found, DomainError):
                raise found
            label = labels.named(wish.label) if wish.label else labels.of(NOT_ISSUED)
            named.append((found, clean_reason(wish.reason), label))
        except DomainError as refusal:
            outcome.refusal = refusal
            named.append((0, "", labels.of(NOT_ISSUED)))
    cards, holders = lock_with_holders([pk for pk, _, _ in named if pk])
    left = _count_identifiers(holders)
    freed: list[Card] = []
    changes: list[LabelChange] = []
    events: list[NewEvent] = []
    for wish, outcome, (pk, reason, label) in zip(wishes, outcomes, named, strict=True):
        if outcome.refusal is not None:
            continue
        card = cards[pk]
        try:
            holder = _check(card, wish, label, left, already=freed)
        except DomainError as refusal:
            outcome.refusal = refusal
            continue
        left[holder] -= len(keys_of(card))
        freed.append(card)
        changes.append(LabelChange(pk, label.pk, card.label_id, reason))
        events.append(
            NewEvent(
                "card.delinked",
                "card",
                pk,
                {"label": labels.name_of(card.label_id), "customer": holder},
                {"label": label.label, "reason": reason},
            )
        )
        outcome.card_id, outcome.customer_id = pk, holder
    deregister_cards(origin=origin, cards=freed)
    bulk_update(
        Card,
        ("customer_id", "label_id", "status", "issued_by_id", "issued_at", "expires_at"),
        [(line.card_id, None, line.label_id, NOT_ISSUED, None, None, None) for line in changes],
    )
    log_labels(origin=origin, changes=changes)
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


def _check(
    card: Card,
    wish: CardDelink,
    label: CardLabel,
    left: Mapping[int, int],
    already: Collection[Card],
) -> int:
    """Return who holds the card, or refuse."""
    if card in already or card.customer_id is None:
        raise errors.CardNotHeld()
    if wish.customer_id not in (None, card.customer_id):
        raise errors.CardNotHeld()
    if card.status not in HELD or label.status != NOT_ISSUED:
        raise errors.CardTransitionRefused(present=card.status, wanted=label.status)
    if left[card.customer_id] <= len(keys_of(card)):
        raise customer_errors.LastIdentifier()
    return card.customer_id
