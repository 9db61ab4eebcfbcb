"""Cards as the API shows them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from crm.kernel.errors import DomainError
from loyalty import errors
from loyalty.models import Card, CardStatusChange
from loyalty.rules.card_details import read_external_id, read_number
from loyalty.rules.cards import ACTIVE, get_status_at


@dataclass(frozen=True, slots=True)
class CardStatusInfo:
    """The latest status change of a card."""

    id: int
    label_id: int
    label: str
    status: str
    reason: str
    created_by_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CardDetails:
    """One element of ``cardDetails``. ``status`` is current even if the expiry task has not run."""

    id: int
    org_id: int
    number: str
    external_id: str | None
    customer_id: int | None
    series_id: int
    series_code: str
    series_name: str
    type: str
    max_active_cards: int | None
    expiry_days: int
    status: str
    issued_by_id: int | None
    issued_at: datetime | None
    expires_at: datetime | None
    created_by_id: int | None
    created_at: datetime
    custom_fields: dict[str, Any]
    extended_fields: dict[str, Any]
    mapped_entity: Any
    info: CardStatusInfo | None

    @property
    def transactions_allowed(self) -> bool:
        return self.status == ACTIVE


def list_card_details(
    *, org_id: int, customer_ids: Collection[int], now: datetime
) -> dict[int, list[CardDetails]]:
    """List the cards of each customer, in the order of creation.

    Two queries; one if there are no cards.
    """
    cards_by_customer: dict[int, list[CardDetails]] = {pk: [] for pk in customer_ids}
    cards = Card.objects.filter(org_id=org_id, customer_id__in=customer_ids)
    for card in _load_details(cards, now):
        if card.customer_id is not None:
            cards_by_customer[card.customer_id].append(card)
    return cards_by_customer


def get_card(
    *, org_id: int, now: datetime, number: object = None, external_id: object = None
) -> CardDetails:
    """Return the card with this number or, without a number, this external id.

    Three queries at most.

    Raises:
        CardNumberInvalid, CardExternalIdInvalid: the number or id is malformed.
        CardUnknown: the organization has no such card.
    """
    [card_id] = find_cards(org_id=org_id, keys=[(number, external_id)])
    if isinstance(card_id, DomainError):
        raise card_id
    [card] = _load_details(Card.objects.filter(pk=card_id), now)
    return card


def list_cards(*, org_id: int, card_ids: Collection[int], now: datetime) -> list[CardDetails]:
    """List these cards of the organization, in the order of creation; two queries at most."""
    return _load_details(Card.objects.filter(org_id=org_id, pk__in=card_ids), now)


def find_cards(*, org_id: int, keys: Sequence[tuple[object, object]]) -> list[int | DomainError]:
    """Return the id of each card, found by number or, without a number, by external id.

    A card that is not found has its error instead: CardUnknown, CardNumberInvalid or
    CardExternalIdInvalid.
    """
    parsed_keys: list[tuple[str | None, str | None] | DomainError] = []
    for number, external_id in keys:
        try:
            if number not in (None, ""):
                parsed_keys.append((read_number(number), None))
            else:
                parsed_keys.append((None, read_external_id(external_id)))
        except DomainError as refusal:
            parsed_keys.append(refusal.detached())
    numbers = {key[0] for key in parsed_keys if not isinstance(key, DomainError) and key[0]}
    external_ids = {key[1] for key in parsed_keys if not isinstance(key, DomainError) and key[1]}
    cards = Card.objects.filter(org_id=org_id)
    by_number = dict(cards.filter(number__in=numbers).values_list("number", "pk"))
    by_external_id = dict(
        cards.filter(external_id__in=external_ids).values_list("external_id", "pk")
    )
    return [
        key
        if isinstance(key, DomainError)
        else by_number.get(key[0] or "") or by_external_id.get(key[1]) or errors.CardUnknown()
        for key in parsed_keys
    ]


def list_card_log(
    *, org_id: int, card_id: int, limit: int, offset: int = 0
) -> list[CardStatusInfo]:
    """List the status changes of a card, newest first; one query."""
    changes = CardStatusChange.objects.filter(card__org_id=org_id, card_id=card_id)
    return _build_status_infos(changes.order_by("-pk")[offset : offset + limit])


def _load_details(cards: QuerySet[Card], now: datetime) -> list[CardDetails]:
    latest_changes = CardStatusChange.objects.filter(card_id=OuterRef("pk")).order_by("-pk")
    rows = list(
        cards.annotate(info_id=Subquery(latest_changes.values("pk")[:1]))
        .select_related("series")
        .order_by("pk")
    )
    if not rows:
        return []
    changes = CardStatusChange.objects.filter(pk__in=[row.info_id for row in rows])
    infos = {info.id: info for info in _build_status_infos(changes)}
    return [
        CardDetails(
            id=row.pk,
            org_id=row.org_id,
            number=row.number,
            external_id=row.external_id,
            customer_id=row.customer_id,
            series_id=row.series_id,
            series_code=row.series.code,
            series_name=row.series.name,
            type=row.series.type,
            max_active_cards=row.series.max_active_cards,
            expiry_days=row.series.expiry_days if row.series.expiry_enabled else 0,
            status=get_status_at(row.status, row.expires_at, now),
            issued_by_id=row.issued_by_id,
            issued_at=row.issued_at,
            expires_at=row.expires_at,
            created_by_id=row.created_by_id,
            created_at=row.created_at,
            custom_fields=row.custom_fields,
            extended_fields=row.extended_fields,
            mapped_entity=row.mapped_entity,
            info=infos.get(row.info_id),
        )
        for row in rows
    ]


def _build_status_infos(changes: QuerySet[CardStatusChange]) -> list[CardStatusInfo]:
    return [
        CardStatusInfo(*row)
        for row in changes.values_list(
            "pk",
            "label_id",
            "label__label",
            "label__status",
            "reason",
            "created_by_id",
            "created_at",
        )
    ]
