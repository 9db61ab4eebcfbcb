"""The organization's loyalty programs (v2)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Shape
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers.api.v2.organization import ListOut, build_list
from loyalty.queries.programs import get_programs


class TierOut(Shape):
    id = serializers.IntegerField()
    serialNumber = serializers.IntegerField(source="serial", help_text="1 is the lowest.")
    name = serializers.CharField()
    description = serializers.CharField()
    threshold = serializers.FloatField(
        help_text="The lifetime points or purchases that lift a customer to this tier."
    )
    earnRate = serializers.FloatField(
        source="earn_rate", help_text="Points for each unit of spend."
    )
    validityDays = serializers.IntegerField(
        source="validity_days", allow_null=True, help_text="Null: the tier does not expire."
    )


class ProgramListOut(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    isDefault = serializers.BooleanField(source="is_default")
    isActive = serializers.BooleanField(source="is_active")
    pointsToCurrencyRatio = serializers.FloatField(source="points_to_currency")
    registrationBonus = serializers.FloatField(source="registration_bonus")
    pointsExpiry = serializers.ChoiceField(["NEVER", "FIXED", "ROLLING"], source="points_expiry")
    tierRule = serializers.ChoiceField(
        ["LIFETIME_POINTS", "LIFETIME_PURCHASES"], source="tier_rule"
    )
    tiers = TierOut(many=True, source="ladder")


class ProgramsOut(ListOut):
    data = ProgramListOut(many=True)  # type: ignore[assignment]


class Programs(V2View):
    """GET /v2/organization/programs"""

    operation = "organization.programs"
    scopes = {"GET": Scope.CUSTOMERS_READ}

    @extend_schema(
        summary="List the loyalty programs",
        tags=["v2 organization"],
        responses=ProgramsOut,
        examples=load_examples(__file__, "programs"),
    )
    def get(self, request: Request) -> Response:
        """List the programs of the organization with their tiers, lowest first."""
        programs = get_programs(self.org.pk).values()
        return Response(build_list([ProgramListOut.build(program) for program in programs]))
