"""Points that went to and came from other customers (v2, "Get Points Transfer Summary")."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.answers import WarningOut
from customers.api.v2.reading_details import WORDING
from customers.queries.lookup import check_standing
from loyalty.queries.points import TransferLine, TransferSide, list_transfers


class SideOut(serializers.Serializer):
    userId = serializers.IntegerField()
    firstName = serializers.CharField()
    lastName = serializers.CharField()


class TransferOut(serializers.Serializer):
    pointsTransferDate = serializers.DateTimeField()
    pointsTransferred = serializers.FloatField()
    transferId = serializers.IntegerField()
    transferType = serializers.CharField(help_text="ADDITION or DEDUCTION.")
    transferredFrom = SideOut()
    transferredTo = SideOut()
    notes = serializers.CharField()
    programName = serializers.CharField()


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
        examples=[
            OpenApiExample(
                "Given away",
                value={
                    "data": [
                        {
                            "pointsTransferDate": "2019-10-16T15:53:42+05:30",
                            "pointsTransferred": 15.0,
                            "transferId": 100,
                            "transferType": "DEDUCTION",
                            "transferredFrom": {
                                "userId": 343015431,
                                "firstName": "Tom",
                                "lastName": "Sawyer",
                            },
                            "transferredTo": {
                                "userId": 343015432,
                                "firstName": "James",
                                "lastName": "Thomas",
                            },
                            "notes": "",
                            "programName": "Nightly_ApiAutoDefaultProgram",
                        }
                    ],
                    "warnings": [],
                    "errors": [],
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List the latest hundred transfers, newest first: DEDUCTION is what the customer gave.

        Between two who were merged since, both sides are the survivor, who sees the transfer twice.
        """
        check_standing(org_id=self.org.pk, customer_id=customer_id)
        lines = list_transfers(org_id=self.org.pk, customer_id=customer_id)
        return Response({"data": [_line(line) for line in lines], "warnings": [], "errors": []})


def _line(line: TransferLine) -> dict[str, Any]:
    return {
        "pointsTransferDate": line.transferred_at,
        "pointsTransferred": line.points,
        "transferId": line.id,
        "transferType": line.type,
        "transferredFrom": _side(line.giver),
        "transferredTo": _side(line.taker),
        "notes": line.notes,
        "programName": line.program,
    }


def _side(side: TransferSide) -> dict[str, Any]:
    return {
        "userId": side.customer_id,
        "firstName": side.first_name,
        "lastName": side.last_name,
    }
