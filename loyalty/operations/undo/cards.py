"""Cards before an import, and putting them back."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.model_names import get_model_name
from crm.kernel.obstacles import USED_ELSEWHERE
from crm.kernel.row_links import find_links
from crm.kernel.staff_texts import StaffText, staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import ProfileIdentifier
from loyalty.models import Card, CardStatusChange
from loyalty.operations.cards.holders import lock_cards_with_holders
from loyalty.operations.cards.write import (
    EXTERNAL_ID,
    NUMBER,
    ProfileCardIdentifier,
    deregister_card_identifiers,
    register_card_identifiers,
)

CARD_CHANGED = staff_text("The card was changed since.")
_COLUMNS = (
    "label_id",
    "status",
    "customer_id",
    "external_id",
    "issued_by_id",
    "issued_at",
    "expires_at",
    "custom_fields",
    "extended_fields",
    "mapped_entity",
)
_MOMENTS = ("issued_at", "expires_at")

# The columns of a card as JSON, its newest log entry, and its identifiers with their profiles.
CardImage = dict[str, Any]


def load_card_images(*, org_id: int, numbers: Collection[str]) -> dict[str, CardImage]:
    """Return the images of these cards, by number; three queries, or one without cards."""
    cards = list(Card.objects.filter(org_id=org_id, number__in=numbers).order_by("pk"))
    if not cards:
        return {}
    newest = dict(
        CardStatusChange.objects.filter(card_id__in=[card.pk for card in cards])
        .values_list("card_id")
        .annotate(newest=Max("id"))
        .order_by()
    )
    identifiers = _load_identifiers(org_id, cards)
    return {
        card.number: {
            **_read_columns(card),
            "log": newest.get(card.pk, 0),
            "identifiers": identifiers[card.pk],
        }
        for card in cards
    }


@within_unit_of_work
def undo_cards(
    *,
    origin: Origin,
    images: Mapping[int, tuple[CardImage | None, CardImage]],
) -> dict[int, StaffText]:
    """Put cards back as they were before, or remove those that were not there; return why not.

    ``images`` are those before and after, by the id of the card.
    """
    cards, _ = lock_cards_with_holders(images.keys())
    obstacles: dict[int, StaffText] = {}
    for pk, (_, after) in images.items():
        card = cards.get(pk)
        if card is None or any(
            value != after.get(name) for name, value in _read_columns(card).items()
        ):
            obstacles[pk] = CARD_CHANGED
    made = [pk for pk, (before, _) in images.items() if before is None and pk not in obstacles]
    links = find_links(Card, made, ignored={"loyalty.CardStatusChange.card"})
    obstacles |= {pk: USED_ELSEWHERE(name=get_model_name(model)) for pk, model in links.items()}
    undone = [cards[pk] for pk in images if pk not in obstacles]
    deregister_card_identifiers(origin=origin, cards=undone)
    _remove_cards([card.pk for card in undone if images[card.pk][0] is None])
    restored = [(card, before) for card in undone if (before := images[card.pk][0]) is not None]
    _restore_cards(origin, restored)
    record_events(
        origin=origin,
        events=[
            NewEvent("card.undone", "card", card.pk, {"number": card.number}) for card in undone
        ],
    )
    return obstacles


def _remove_cards(ids: Sequence[int]) -> None:
    CardStatusChange.objects.filter(card_id__in=ids).delete()
    Card.objects.filter(pk__in=ids).delete()


def _restore_cards(origin: Origin, cards: Sequence[tuple[Card, CardImage]]) -> None:
    newest = {card.pk: before["log"] for card, before in cards}
    later = [
        pk
        for pk, card_id in CardStatusChange.objects.filter(card_id__in=newest).values_list(
            "id", "card_id"
        )
        if pk > newest[card_id]
    ]
    CardStatusChange.objects.filter(pk__in=later).delete()
    bulk_update(
        Card,
        _COLUMNS,
        [
            (card.pk, *(_read_value(name, before[name]) for name in _COLUMNS))
            for card, before in cards
        ],
    )
    register_card_identifiers(
        origin=origin,
        identifiers=[
            ProfileCardIdentifier(before["customer_id"], profile_id, (kind, value))
            for _, before in cards
            for profile_id, kind, value in before["identifiers"]
        ],
    )


def _load_identifiers(org_id: int, cards: Sequence[Card]) -> dict[int, list[list[Any]]]:
    owners = {(NUMBER, card.number): card.pk for card in cards if card.customer_id is not None}
    owners |= {
        (EXTERNAL_ID, card.external_id): card.pk
        for card in cards
        if card.customer_id is not None and card.external_id is not None
    }
    found: dict[int, list[list[Any]]] = defaultdict(list)
    for profile_id, kind, value in ProfileIdentifier.objects.filter(
        identifier__org_id=org_id,
        identifier__type__in=[NUMBER, EXTERNAL_ID],
        identifier__value__in={value for _, value in owners},
    ).values_list("profile_id", "identifier__type", "identifier__value"):
        if (kind, value) in owners:
            found[owners[kind, value]].append([profile_id, kind, value])
    return found


def _read_columns(card: Card) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name in _COLUMNS
        for value in [getattr(card, name)]
    }


def _read_value(name: str, stored: Any) -> Any:
    return datetime.fromisoformat(stored) if name in _MOMENTS and stored else stored
