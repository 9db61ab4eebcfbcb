"""Making card numbers, and the log of it (v2, `/card/generate`, `/card/generation/logs`)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.v2.paging import Paging
from crm.dialects.v2.reading import Id
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers.api.v2.answers import WarningOut
from customers.api.v2.fields_in import Text
from loyalty import errors
from loyalty.models import CardGeneration
from loyalty.operations.generating_cards import MOST_AT_ONCE, generate_cards
from loyalty.queries.card_series import list_generations

LARGEST = 2**31 - 1


class GenerateIn(serializers.Serializer):
    seriesId = Id()
    count = serializers.IntegerField(
        min_value=1, max_value=LARGEST, help_text=f"At most {MOST_AT_ONCE:,}."
    )
    statusLabel = Text(help_text="A label that stands for NOT_ISSUED; such a one when left out.")
    description = Text(max_length=255, help_text="For the log.")


class NumbersOut(serializers.Serializer):
    entity = serializers.ListField(child=serializers.CharField())
    warnings = WarningOut(many=True)


class Generate(V2View):
    """POST /v2/card/generate"""

    operation = "cards.generate"
    scopes = {"POST": Scope.LOYALTY_WRITE}
    refusals = {
        "POST": [
            errors.CardSeriesUnknown,
            errors.CardSeriesInactive,
            errors.CardGenerationDisabled,
            errors.CardCountInvalid,
            errors.CardSpaceTooSmall,
            errors.CardSeriesInvalid,
            errors.CardLabelUnknown,
            errors.CardTransitionRefused,
        ]
    }

    @extend_schema(
        summary="Make card numbers",
        tags=["v2 cards"],
        request=GenerateIn,
        responses=NumbersOut,
        examples=[
            OpenApiExample(
                "Two cards",
                value={"seriesId": 23, "count": 2, "statusLabel": "NOT_ISSUED"},
                request_only=True,
            ),
            OpenApiExample(
                "Made",
                value={"entity": ["4220099304712274", "4220286137706546"], "warnings": []},
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Make new numbers of a series, issued to nobody, and answer them in ascending order.

        Nobody can predict them, and none is made twice. More than one call may make, staff let be
        made in the background.
        """
        body = self.read_body(GenerateIn)
        numbers = generate_cards(
            origin=self.origin,
            series_id=body["seriesId"],
            count=body["count"],
            label=body.get("statusLabel"),
            description=body.get("description") or "",
        )
        return Response({"entity": numbers})


class GenerationOut(serializers.Serializer):
    id = serializers.IntegerField()
    seriesId = serializers.IntegerField()
    count = serializers.IntegerField(help_text="Ordered.")
    made = serializers.IntegerField(help_text="Of them, by now.")
    date = serializers.DateTimeField()
    createdBy = serializers.IntegerField(allow_null=True, help_text="An entity's id.")
    description = serializers.CharField()
    fileHandle = serializers.CharField(help_text="Always empty: no files are kept.")
    orgId = serializers.IntegerField()


class GenerationsOut(serializers.Serializer):
    entity = GenerationOut(many=True)
    warnings = WarningOut(many=True)


class GenerationLog(V2View):
    """GET /v2/card/generation/logs/{seriesId}"""

    operation = "cards.generationLog"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"series_id": 23}}
    refusals = {"GET": [errors.CardSeriesUnknown]}

    @extend_schema(
        summary="List the orders of card numbers",
        tags=["v2 cards"],
        parameters=[Paging],
        responses=GenerationsOut,
        examples=[
            OpenApiExample(
                "One order",
                value={
                    "entity": [
                        {
                            "id": 7,
                            "seriesId": 23,
                            "count": 2,
                            "made": 2,
                            "date": "2021-11-23T10:01:33+05:30",
                            "createdBy": 50016843,
                            "description": "",
                            "fileHandle": "",
                            "orgId": 50247,
                        }
                    ],
                    "warnings": [],
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, series_id: int) -> Response:
        """List when how many numbers of the series were ordered, and by whom; newest first."""
        page = self.read_query(Paging)
        rows = list_generations(org_id=self.org.pk, series_id=series_id, **page)
        return Response({"entity": [_line(row, self.org.pk) for row in rows]})


def _line(order: CardGeneration, org_id: int) -> dict[str, Any]:
    return {
        "id": order.pk,
        "seriesId": order.series_id,
        "count": order.count,
        "made": order.made,
        "date": order.created_at,
        "createdBy": order.created_by_id,
        "description": order.description,
        "fileHandle": "",
        "orgId": org_id,
    }
