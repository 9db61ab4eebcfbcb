"""Expire cards of all organizations; running it again changes nothing."""

from collections import defaultdict
from datetime import datetime

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from loyalty.models import Card
from loyalty.operations.cards.labels import ensure_card_labels
from loyalty.operations.cards.write import LabelChange, log_label_changes
from loyalty.rules.cards import EXPIRED

CARDS_AT_ONCE = 1_000


@within_unit_of_work
def expire_cards(*, now: datetime) -> int:
    """Give at most a thousand due cards the default label of EXPIRED; return their number.

    Their customers keep them. Cards locked by another unit of work are left for the next run.
    """
    due_ids = list(
        Card.objects.due(now)
        .order_by("expires_at", "pk")
        .values_list("pk", flat=True)[:CARDS_AT_ONCE]
    )
    locked = Card.objects.due(now).filter(pk__in=due_ids).order_by("pk")
    cards = list(locked.select_for_update(skip_locked=True))
    by_org: dict[int, list[Card]] = defaultdict(list)
    for card in cards:
        by_org[card.org_id].append(card)
    for org in Organization.objects.filter(pk__in=by_org).order_by("pk"):
        _expire_cards_of_org(Origin(org=org, actor_id=None, door="WORKER", at=now), by_org[org.pk])
    return len(cards)


def _expire_cards_of_org(origin: Origin, cards: list[Card]) -> None:
    labels = ensure_card_labels(org_id=origin.org.pk)
    label = labels.of(EXPIRED)
    bulk_update(Card, ("label_id", "status"), [(card.pk, label.pk, label.status) for card in cards])
    log_label_changes(
        origin=origin,
        changes=[
            LabelChange(card.pk, label.pk, card.label_id, "its time is over") for card in cards
        ],
    )
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "card.expired",
                "card",
                card.pk,
                {"label": labels.get_name(card.label_id)},
                {"label": label.label},
            )
            for card in cards
        ],
    )
