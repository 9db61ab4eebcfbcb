"""Adding, changing and reading cards (v2, `/card`)."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.reading import read
from crm.dialects.refusals import BatchTooLarge
from crm.dialects.v2.reading import QueryIn
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v2.answers import WarningOut
from customers.api.v2.loyalty_answers import card_answer, status_answer
from customers.api.v2.loyalty_schema import CardDetailsOut
from loyalty import errors
from loyalty.api.v2.card_series import EntityOut
from loyalty.api.v2.cards_in import (
    MOST_CARDS,
    CardChangeIn,
    CardChangesIn,
    CardIn,
    card_change,
    new_card,
)
from loyalty.api.v2.cards_schema import (
    ADDED_EXAMPLES,
    BULK_EXAMPLES,
    CARD_EXAMPLE,
    CHANGED_EXAMPLES,
    CardChangedOut,
    CardsChangedOut,
)
from loyalty.operations.adding_cards import add_card
from loyalty.operations.updating_cards import update_card, update_cards
from loyalty.queries.cards import CardDetails, get_card, list_cards

# An unknown card is no broken identifier of anybody here.
UNKNOWN = {"loyalty.card_unknown": "loyalty.card_unknown.read"}
CHANGE_REFUSALS = [
    errors.CardUnknown,
    errors.CardNumberInvalid,
    errors.CardExternalIdInvalid,
    errors.CardSeriesUnknown,
    errors.CardOfOtherSeries,
    errors.CardLabelUnknown,
    errors.CardTransitionRefused,
    errors.CardLimitReached,
    errors.CardEntityInvalid,
    errors.CardNotHeld,
    customer_errors.ReasonInvalid,
    customer_errors.LastIdentifier,
]


class CardQuery(QueryIn):
    number = serializers.CharField(max_length=1_000)


class CardOut(CardDetailsOut):
    warnings = WarningOut(many=True)


class Cards(V2View):
    """POST, PUT, GET /v2/card"""

    operation = {"GET": "cards.details", "POST": "cards.add", "PUT": "cards.update"}
    scopes = {
        "GET": Scope.CUSTOMERS_READ,
        "POST": Scope.LOYALTY_WRITE,
        "PUT": Scope.LOYALTY_WRITE,
    }
    examples = {"GET": {"number": CARD_EXAMPLE.value["cardNumber"]}}
    wording = {"GET": UNKNOWN, "PUT": UNKNOWN}
    refusals = {
        "GET": [errors.CardNumberInvalid, errors.CardUnknown],
        "POST": [
            errors.CardSeriesUnknown,
            errors.CardSeriesInactive,
            errors.CardExternalRefused,
            errors.CardNumberInvalid,
            errors.CardNumberTaken,
            errors.CardExternalIdInvalid,
            errors.CardExternalIdTaken,
            errors.CardLabelUnknown,
            errors.CardTransitionRefused,
            errors.CardEntityInvalid,
            customer_errors.ReasonInvalid,
        ],
        "PUT": CHANGE_REFUSALS,
    }

    @extend_schema(
        summary="Fetch a card",
        tags=["v2 cards"],
        parameters=[CardQuery],
        responses=CardOut,
        examples=[CARD_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Tell about the card of this number, whether anybody holds it or not."""
        query = self.read_query(CardQuery)
        card = get_card(org_id=self.org.pk, now=timezone.now(), number=query["number"])
        return Response(card_answer(card, self.org.zone))

    @extend_schema(
        summary="Add a card whose number comes from outside",
        tags=["v2 cards"],
        request=CardIn,
        responses=EntityOut,
        examples=ADDED_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Add a card, issued to nobody, to a series that takes numbers from outside.

        Its number is its own in the whole organization. Fields that the organization does not
        have are warnings (1017, 91015). It is issued by registering or adding it as an identifier.
        """
        body = self.read_body(CardIn)
        added = add_card(origin=self.origin, card=new_card(body))
        return Response({"entity": added.card_id, "warnings": self.warnings(added.notices)})

    @extend_schema(
        summary="Change a card",
        tags=["v2 cards"],
        request=CardChangeIn,
        responses=CardChangedOut,
        examples=CHANGED_EXAMPLES,
    )
    def put(self, request: Request) -> Response:
        """Change a card's label, fields or mapped entity; it is named by number or external id.

        What is not named stays; a field that is null goes. A label that the card has already is a
        warning (3039). A label that stands for NOT_ISSUED takes the card back from its customer.
        """
        body = self.read_body(CardChangeIn)
        changed = update_card(origin=self.origin, change=card_change(body))
        ids = [changed.card_id] if changed.card_id is not None else []
        [card] = list_cards(org_id=self.org.pk, card_ids=ids, now=self.origin.at)
        return Response(
            {
                **changed_answer(card, self.org.zone),
                "warnings": self.warnings(changed.notices),
            }
        )


class CardsInBulk(V2View):
    """PUT /v2/card/bulk"""

    operation = "cards.updateMany"
    scopes = {"PUT": Scope.LOYALTY_WRITE}
    wording = {"PUT": UNKNOWN}
    refusals = {"PUT": [BatchTooLarge]}

    @extend_schema(
        summary="Change several cards",
        tags=["v2 cards"],
        request=CardChangeIn(many=True),
        responses=CardsChangedOut,
        examples=BULK_EXAMPLES,
    )
    def put(self, request: Request) -> Response:
        """Change up to a hundred cards, given as a list or as an object with `cards`.

        One that is refused leaves the others changed: its item has `errors`, and what named it as
        `entityId`. The others' items are in the order given, as changing one card answers it.
        """
        items = _read_items(self.request.data)
        outcomes = update_cards(origin=self.origin, changes=[card_change(item) for item in items])
        done = [o.card_id for o in outcomes if o.refusal is None and o.card_id is not None]
        cards = {
            card.id: card
            for card in list_cards(org_id=self.org.pk, card_ids=done, now=self.origin.at)
        }
        response = []
        for item, outcome in zip(items, outcomes, strict=True):
            card = cards.get(outcome.card_id or 0)
            if outcome.refusal is None and card is not None:
                entity, refused = changed_answer(card, self.org.zone), []
            else:
                entity = _named(item)
                refused = [self.error(outcome.refusal)] if outcome.refusal else []
            response.append(
                {
                    "entityId": entity,
                    "errors": refused,
                    "warnings": self.warnings(outcome.notices),
                }
            )
        failures = sum(1 for outcome in outcomes if outcome.refusal is not None)
        return Response({"response": response, "totalCount": len(items), "failureCount": failures})


def _read_items(said: Any) -> list[dict[str, Any]]:
    given = {"cards": said} if isinstance(said, list) else said
    items = given.get("cards") if isinstance(given, Mapping) else None
    if isinstance(items, list) and len(items) > MOST_CARDS:
        raise BatchTooLarge(most=MOST_CARDS)
    return list(read(CardChangesIn, given)["cards"])


def _named(item: Mapping[str, Any]) -> dict[str, str]:
    """Return what named a card, as text like every card's."""
    return {
        key: str(item[key]) for key in ("cardNumber", "cardExternalId") if item.get(key) is not None
    }


def changed_answer(card: CardDetails, zone: tzinfo) -> dict[str, Any]:
    """Return a card as changing it answers."""
    label = card.info
    return {
        "cardId": card.id,
        "customerId": card.customer_id,
        "cardNumber": card.number,
        "cardExternalId": card.external_id,
        "seriesId": card.series_id,
        "orgId": card.org_id,
        "entityId": card.issued_by_id or card.created_by_id,
        "extendedFields": card.extended_fields,
        "customFields": card.custom_fields,
        "mappedEntity": card.mapped_entity,
        "statusLabelInfo": (
            {"id": label.label_id, "label": label.label, "status": label.status} if label else {}
        ),
        "statusInfo": status_answer(card, label, zone),
        "transactionNotAllowed": not card.transactions_allowed,
    }
