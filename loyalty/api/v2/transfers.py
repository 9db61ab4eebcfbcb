"""Transfers of points between customers (v2, "Get Points Transfer Summary")."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Shape
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.details import WORDING
from customers.api.v2.shared_schema import WarningOut
from customers.queries.customers.active import check_active_customer
from loyalty.queries.points.points import list_transfers


class SideOut(Shape):
    userId = serializers.IntegerField(source="customer_id")
    firstName = serializers.CharField(source="first_name")
    lastName = serializers.CharField(source="last_name")


class TransferOut(Shape):
    pointsTransferDate = serializers.DateTimeField(source="transferred_at")
    pointsTransferred = serializers.FloatField(source="points")
    transferId = serializers.IntegerField(source="id")
    transferType = serializers.CharField(source="type", help_text="ADDITION or DEDUCTION.")
    transferredFrom = SideOut(source="giver")
    transferredTo = SideOut(source="receiver")
    notes = serializers.CharField()
    programName = serializers.CharField(source="program")


class TransfersOut(serializers.Serializer):
    data = TransferOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class PointsTransfers(V2View):
    """GET /v2/customers/{id}/pointsTransfers"""

    operation = "loyalty.pointsTransfers"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 343015431}}
    wording = {"GET": WORDING}
    refusals = {"GET": [errors.CustomerUnknown, errors.CustomerMerged]}

    @extend_schema(
        summary="List a customer's points transfers",
        tags=["v2 loyalty"],
        responses=TransfersOut,
        examples=load_examples(__file__, "points_transfers"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List the latest hundred transfers, newest first; DEDUCTION is an outgoing transfer.

        If both customers were merged later, the survivor is on both sides and sees it twice.
        """
        check_active_customer(org_id=self.org.pk, customer_id=customer_id)
        lines = list_transfers(org_id=self.org.pk, customer_id=customer_id)
        return Response(
            {"data": [TransferOut.build(line) for line in lines], "warnings": [], "errors": []}
        )
