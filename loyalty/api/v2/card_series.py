"""Card series (v2, `/card/series`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Shape, constant, if_none
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers.api.v2.field_types import Text
from customers.api.v2.shared_schema import WarningOut
from loyalty import errors
from loyalty.operations.cards.series import create_card_series, update_card_series
from loyalty.queries.cards.series import get_card_series, list_card_series

ANY_NUMBER = -1
REFUSALS = [
    errors.CardSeriesInvalid,
    errors.CardSeriesCodeTaken,
    errors.CardConceptUnknown,
]
# The settings that a caller can set, by their names in the request.
_SETTING_NAMES = {
    "code": "code",
    "name": "name",
    "description": "description",
    "type": "type",
    "trigger": "trigger",
    "conceptCode": "concept_code",
    "expiryDays": "expiry_days",
    "cardExpiryEnabled": "expiry_enabled",
    "cardGenerationEnabled": "generation_enabled",
    "isActive": "is_active",
    "maxActiveCardsPerCustomer": "max_active_cards",
}
_PATTERN_NAMES = ("prefix", "suffix", "length", "method")


class PatternIn(serializers.Serializer):
    prefix = Text()
    suffix = Text()
    length = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000,
        help_text="Length of the whole number, including prefix and suffix.",
    )
    method = Text(help_text="DEFAULT, or LUHN with a check digit.")


class CardSeriesIn(serializers.Serializer):
    code = Text(help_text="Unique in the organization, ignoring case.")
    name = Text()
    description = Text()
    type = Text(help_text="PHYSICAL or DIGITAL.")
    trigger = Text(
        help_text="REGISTRATION issues a card on registration, OU_ID only in the concept; "
        "SERIES_ID issues cards only on request."
    )
    conceptCode = Text(help_text="Required for OU_ID.")
    expiryDays = serializers.IntegerField(required=False, min_value=0, max_value=36_500)
    cardExpiryEnabled = serializers.BooleanField(required=False)
    cardGenerationEnabled = serializers.BooleanField(
        required=False, help_text="False: the series takes external numbers."
    )
    isActive = serializers.BooleanField(required=False)
    maxActiveCardsPerCustomer = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=-1,
        max_value=1_000_000,
        help_text="-1, 0 or null: no limit.",
    )
    cardGenerationConfiguration = PatternIn(required=False)


class PatternOut(Shape):
    prefix = serializers.CharField()
    suffix = serializers.CharField()
    length = serializers.IntegerField()
    method = serializers.CharField()


class CardSeriesLineOut(Shape):
    id = serializers.IntegerField()
    orgId = serializers.IntegerField(source="org_id")
    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    type = serializers.CharField()
    trigger = serializers.CharField()
    conceptCode = if_none(serializers.CharField(source="concept.code"), "")
    expiryDays = serializers.IntegerField(source="expiry_days")
    cardExpiryEnabled = serializers.BooleanField(source="expiry_enabled")
    cardGenerationEnabled = serializers.BooleanField(source="generation_enabled")
    isActive = serializers.BooleanField(source="is_active")
    maxActiveCardsPerCustomer = if_none(
        serializers.IntegerField(source="max_active_cards", help_text="-1: no limit."), ANY_NUMBER
    )
    cardGenerationConfiguration = PatternOut(source="*")
    createdBy = serializers.IntegerField(
        source="created_by_id", allow_null=True, help_text="The id of an entity."
    )
    createdOn = serializers.DateTimeField(source="created_at")
    lastUpdateBy = serializers.IntegerField(source="modified_by_id", allow_null=True)
    lastUpdatedOn = serializers.DateTimeField(source="modified_at")


class CardSeriesOut(CardSeriesLineOut):
    warnings = constant(WarningOut(many=True), [])


class CardSeriesListOut(serializers.Serializer):
    data = CardSeriesLineOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class EntityOut(serializers.Serializer):
    entity = serializers.IntegerField(help_text="The id.")
    warnings = WarningOut(many=True)


class AddSeries(V2View):
    """POST /v2/card/series"""

    operation = "cards.addSeries"
    scopes = {"POST": Scope.LOYALTY_WRITE}
    refusals = {"POST": REFUSALS}

    @extend_schema(
        summary="Create a card series",
        tags=["v2 cards"],
        request=CardSeriesIn,
        responses=EntityOut,
        examples=load_examples(__file__, "card_series_add"),
    )
    def post(self, request: Request) -> Response:
        """Create a series. Code and name are required.

        By default cards are DIGITAL and do not expire, the system generates numbers of 16 digits,
        cards are issued on request, and a customer can have any number of them. A series that does
        not generate numbers takes external ones.
        """
        data = _read_settings(self.read_body(CardSeriesIn))
        return Response({"entity": create_card_series(origin=self.origin, data=data)})


class OneSeries(V2View):
    """GET, PUT /v2/card/series/{id}"""

    operation = {"GET": "cards.series", "PUT": "cards.updateSeries"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "PUT": Scope.LOYALTY_WRITE}
    examples = {"GET": {"series_id": 23}, "PUT": {"series_id": 23}}
    refusals = {
        "GET": [errors.CardSeriesUnknown],
        "PUT": [errors.CardSeriesUnknown, *REFUSALS],
    }

    @extend_schema(
        summary="Fetch a card series",
        tags=["v2 cards"],
        responses=CardSeriesOut,
        examples=load_examples(__file__, "card_series"),
    )
    def get(self, request: Request, series_id: int) -> Response:
        """Return the settings of the series."""
        return Response(
            CardSeriesOut.build(get_card_series(org_id=self.org.pk, series_id=series_id))
        )

    @extend_schema(
        summary="Change a card series",
        tags=["v2 cards"],
        request=CardSeriesIn,
        responses=CardSeriesOut,
        examples=load_examples(__file__, "card_series_update"),
    )
    def put(self, request: Request, series_id: int) -> Response:
        """Change the settings in the request; existing cards stay unchanged."""
        data = _read_settings(self.read_body(CardSeriesIn))
        update_card_series(origin=self.origin, series_id=series_id, data=data)
        return Response(
            CardSeriesOut.build(get_card_series(org_id=self.org.pk, series_id=series_id))
        )


class AllSeries(V2View):
    """GET /v2/card/series/get/all"""

    operation = "cards.allSeries"
    scopes = {"GET": Scope.CUSTOMERS_READ}

    @extend_schema(
        summary="List the card series",
        tags=["v2 cards"],
        responses=CardSeriesListOut,
        examples=load_examples(__file__, "card_series_list"),
    )
    def get(self, request: Request) -> Response:
        """List all series of the organization, oldest first, inactive ones included."""
        return Response(
            {"data": [CardSeriesLineOut.build(row) for row in list_card_series(org_id=self.org.pk)]}
        )


def _read_settings(body: Mapping[str, Any]) -> dict[str, Any]:
    data = {name: body[key] for key, name in _SETTING_NAMES.items() if key in body}
    pattern = body.get("cardGenerationConfiguration", {})
    return data | {name: pattern[name] for name in _PATTERN_NAMES if name in pattern}
