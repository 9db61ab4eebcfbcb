"""Adding, changing and reading cards (v2, `/card`)."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import constant
from crm.dialects.api_page.examples import load_examples
from crm.dialects.serializer_input import validate_data
from crm.dialects.transport_errors import BatchTooLarge
from crm.dialects.v2.serializer_fields import QueryIn
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v2.loyalty_shapes import CardDetailsOut
from customers.api.v2.shared_schema import WarningOut
from loyalty import errors
from loyalty.api.v2.card_input import (
    MAX_CARDS,
    CardChangeIn,
    CardChangesIn,
    CardIn,
    build_card_change,
    build_new_card,
)
from loyalty.api.v2.card_series import EntityOut
from loyalty.api.v2.card_shapes import (
    CardChangedOut,
    CardsChangedOut,
    ChangedOut,
)
from loyalty.operations.cards.add import add_card
from loyalty.operations.cards.update import update_card, update_cards
from loyalty.queries.cards.cards import get_card, list_cards

# Here an unknown card is not an invalid identifier of a customer.
UNKNOWN_CARD_WORDING = {"loyalty.card_unknown": "loyalty.card_unknown.read"}
CHANGE_REFUSALS = [
    errors.CardUnknown,
    errors.CardNumberInvalid,
    errors.CardExternalIdInvalid,
    errors.CardExternalIdTaken,
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
    warnings = constant(WarningOut(many=True), [])


class Cards(V2View):
    """POST, PUT, GET /v2/card"""

    operation = {"GET": "cards.details", "POST": "cards.add", "PUT": "cards.update"}
    scopes = {
        "GET": Scope.CUSTOMERS_READ,
        "POST": Scope.LOYALTY_WRITE,
        "PUT": Scope.LOYALTY_WRITE,
    }
    examples = {"GET": {"number": "TTM001110000000002ZS"}}
    wording = {"GET": UNKNOWN_CARD_WORDING, "PUT": UNKNOWN_CARD_WORDING}
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
        examples=load_examples(__file__, "card"),
    )
    def get(self, request: Request) -> Response:
        """Return the card with this number, issued or not."""
        query = self.read_query(CardQuery)
        card = get_card(org_id=self.org.pk, now=timezone.now(), number=query["number"])
        return Response(CardOut.build(card, zone=self.org.zone))

    @extend_schema(
        summary="Add a card with an external number",
        tags=["v2 cards"],
        request=CardIn,
        responses=EntityOut,
        examples=load_examples(__file__, "card_add"),
    )
    def post(self, request: Request) -> Response:
        """Add a card that is not issued to a series that accepts external numbers.

        The number is unique in the organization. Unknown fields are reported as warnings (1017,
        91015). To issue the card, register it or add it as an identifier of a customer.
        """
        body = self.read_body(CardIn)
        result = add_card(origin=self.origin, card=build_new_card(body))
        return Response({"entity": result.card_id, "warnings": self.warnings(result.notices)})

    @extend_schema(
        summary="Change a card",
        tags=["v2 cards"],
        request=CardChangeIn,
        responses=CardChangedOut,
        examples=load_examples(__file__, "card_update"),
    )
    def put(self, request: Request) -> Response:
        """Change the label, fields or mapped entity of a card, found by number or external id.

        Next to a number, another external id becomes that of the card; it must be free. Omitted
        values stay as they are; a field set to null is deleted. A label that the card already has
        is a warning (3039). A label with the status NOT_ISSUED delinks the card from its customer.
        """
        body = self.read_body(CardChangeIn)
        result = update_card(origin=self.origin, change=build_card_change(body))
        ids = [result.card_id] if result.card_id is not None else []
        [card] = list_cards(org_id=self.org.pk, card_ids=ids, now=self.origin.at)
        return Response(
            CardChangedOut.build(card, zone=self.org.zone, warnings=self.warnings(result.notices))
        )


class CardsInBulk(V2View):
    """PUT /v2/card/bulk"""

    operation = "cards.updateMany"
    scopes = {"PUT": Scope.LOYALTY_WRITE}
    wording = {"PUT": UNKNOWN_CARD_WORDING}
    refusals = {"PUT": [BatchTooLarge]}

    @extend_schema(
        summary="Change several cards",
        tags=["v2 cards"],
        request=CardChangeIn(many=True),
        responses=CardsChangedOut,
        examples=load_examples(__file__, "cards_update"),
    )
    def put(self, request: Request) -> Response:
        """Change up to a hundred cards, sent as a list or as an object with `cards`.

        Each card is changed by itself. A refused card has `errors`, and its number or external id
        as `entityId`. The items are in the order of the request, as for a single card.
        """
        items = _read_items(self.request.data)
        outcomes = update_cards(
            origin=self.origin, changes=[build_card_change(item) for item in items]
        )
        changed_ids = [
            outcome.card_id
            for outcome in outcomes
            if outcome.refusal is None and outcome.card_id is not None
        ]
        cards = {
            card.id: card
            for card in list_cards(org_id=self.org.pk, card_ids=changed_ids, now=self.origin.at)
        }
        response = []
        for item, outcome in zip(items, outcomes, strict=True):
            card = cards.get(outcome.card_id or 0)
            if outcome.refusal is None and card is not None:
                entity, item_errors = ChangedOut.build(card, zone=self.org.zone), []
            else:
                entity = _card_keys_answer(item)
                item_errors = [self.error(outcome.refusal)] if outcome.refusal else []
            response.append(
                {
                    "entityId": entity,
                    "errors": item_errors,
                    "warnings": self.warnings(outcome.notices),
                }
            )
        failures = sum(1 for outcome in outcomes if outcome.refusal is not None)
        return Response({"response": response, "totalCount": len(items), "failureCount": failures})


def _read_items(data: Any) -> list[dict[str, Any]]:
    body = {"cards": data} if isinstance(data, list) else data
    items = body.get("cards") if isinstance(body, Mapping) else None
    if isinstance(items, list) and len(items) > MAX_CARDS:
        raise BatchTooLarge(most=MAX_CARDS)
    return list(validate_data(CardChangesIn, body)["cards"])


def _card_keys_answer(item: Mapping[str, Any]) -> dict[str, str]:
    """Return the number and external id of the item, as text."""
    return {
        key: str(item[key]) for key in ("cardNumber", "cardExternalId") if item.get(key) is not None
    }
