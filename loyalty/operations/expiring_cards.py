"""Letting cards expire whose time is over, for all organizations; done again, it does nothing."""

from collections import defaultdict
from datetime import datetime

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from loyalty.models import Card
from loyalty.operations.card_labels import settle_card_labels
from loyalty.operations.writing_cards import LabelChange, log_labels
from loyalty.rules.cards import EXPIRED

AT_A_TIME = 1_000


@within_unit_of_work
def expire_cards(*, now: datetime) -> int:
    """Give a thousand due cards at most the label of EXPIRED; return how many they were.

    Their customers keep them. Cards that another unit is changing are left for the next time.
    """
    due = list(
        Card.objects.due(now).order_by("expires_at", "pk").values_list("pk", flat=True)[:AT_A_TIME]
    )
    locked = Card.objects.due(now).filter(pk__in=due).order_by("pk")
    cards = list(locked.select_for_update(skip_locked=True))
    by_org: dict[int, list[Card]] = defaultdict(list)
    for card in cards:
        by_org[card.org_id].append(card)
    for org in Organization.objects.filter(pk__in=by_org).order_by("pk"):
        _expire(Origin(org=org, actor_id=None, door="WORKER", at=now), by_org[org.pk])
    return len(cards)


def _expire(origin: Origin, cards: list[Card]) -> None:
    labels = settle_card_labels(org_id=origin.org.pk)
    label = labels.of(EXPIRED)
    bulk_update(Card, ("label_id", "status"), [(card.pk, label.pk, label.status) for card in cards])
    log_labels(
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
                {"label": labels.name_of(card.label_id)},
                {"label": label.label},
            )
            for card in cards
        ],
    )
