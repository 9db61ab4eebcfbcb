"""Generation of card numbers, and its log (v2, `/card/generate`, `/card/generation/logs`)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Shape, argument, constant
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.pagination import Paging
from crm.dialects.v2.serializer_fields import IdField
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers.api.v2.field_types import Text
from customers.api.v2.shared_schema import WarningOut
from loyalty import errors
from loyalty.operations.cards.generate import MAX_PER_REQUEST, generate_cards
from loyalty.queries.cards.series import list_generations

MAX_COUNT = 2**31 - 1


class GenerateIn(serializers.Serializer):
    seriesId = IdField()
    count = serializers.IntegerField(
        min_value=1, max_value=MAX_COUNT, help_text=f"At most {MAX_PER_REQUEST:,}."
    )
    statusLabel = Text(help_text="A label with status NOT_ISSUED; has a default.")
    description = Text(max_length=255, help_text="Text for the log.")


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
        summary="Generate card numbers",
        tags=["v2 cards"],
        request=GenerateIn,
        responses=NumbersOut,
        examples=load_examples(__file__, "cards_generate"),
    )
    def post(self, request: Request) -> Response:
        """Generate card numbers of a series and return them in ascending order.

        The cards are not issued to any customer. The numbers are random and unique. Staff can
        generate larger quantities in the background.
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


class GenerationOut(Shape):
    id = serializers.IntegerField()
    seriesId = serializers.IntegerField(source="series_id")
    count = serializers.IntegerField(help_text="Requested numbers.")
    made = serializers.IntegerField(help_text="Numbers generated so far.")
    date = serializers.DateTimeField(source="created_at")
    createdBy = serializers.IntegerField(
        source="created_by_id", allow_null=True, help_text="The id of an entity."
    )
    description = serializers.CharField()
    fileHandle = constant(
        serializers.CharField(help_text="Always empty: files are not stored."), ""
    )
    orgId = argument(serializers.IntegerField(), "org_id")


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
        summary="List the generations of card numbers",
        tags=["v2 cards"],
        parameters=[Paging],
        responses=GenerationsOut,
        examples=load_examples(__file__, "cards_generation_log"),
    )
    def get(self, request: Request, series_id: int) -> Response:
        """List the generations of the series with count, time and entity, newest first."""
        page = self.read_query(Paging)
        rows = list_generations(org_id=self.org.pk, series_id=series_id, **page)
        return Response({"entity": [GenerationOut.build(row, org_id=self.org.pk) for row in rows]})
