"""Status labels: giving one, and how a customer came to have it (v2, "Update customer status")."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v2.paging import Paging
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.answers import WarningOut
from customers.api.v2.fields_in import Text
from customers.api.v2.lookup import LOOKUP_REFUSALS, IdentifierQuery, find_by
from customers.api.v2.reading_details import WORDING
from customers.api.v2.source_accounts import SourceQuery, account_to_write
from customers.operations.labelling import label_customer
from customers.queries.lookup import check_standing
from customers.queries.statuses import StatusLine, list_status_changes
from customers.rules.times import parse_moment


class StatusQuery(IdentifierQuery, SourceQuery):
    pass


class StatusIn(serializers.Serializer):
    label = Text(  # type: ignore[assignment]
        help_text="One of the organization's labels, in any case."
    )
    reason = Text()
    createdOn = Text(help_text="When it happened; now when left out.")


class LabelledOut(serializers.Serializer):
    warnings = WarningOut(many=True)
    error = WarningOut(many=True)


class UpdateStatus(V2View):
    """PUT /v2/customers/lookup/status"""

    operation = "customers.updateStatus"
    scopes = {"PUT": Scope.CUSTOMERS_WRITE}
    refusals = [
        *LOOKUP_REFUSALS,
        errors.NoProfileInSource,
        errors.CustomerMerged,
        errors.StatusLabelUnknown,
        errors.ReasonMissing,
        errors.ReasonInvalid,
        errors.SourceAccountMissing,
        errors.SourceAccountUnknown,
        errors.AccountIdMissing,
    ]

    @extend_schema(
        operation_id="customers.updateStatus",
        summary="Give a customer a status label",
        tags=["v2 lookup"],
        parameters=[StatusQuery],
        request=StatusIn,
        responses=LabelledOut,
        examples=[
            OpenApiExample(
                "Active again",
                value={
                    "reason": "card found",
                    "createdOn": "2021-09-16T12:10:45Z",
                    "label": "Active",
                },
                request_only=True,
            ),
            OpenApiExample("Labelled", value={"warnings": [], "error": []}, response_only=True),
        ],
    )
    def put(self, request: Request) -> Response:
        """Give whoever has the identifier one of the organization's labels, and log why.

        The label given last holds, however it is dated. It is the person's, in every source.
        """
        query = self.read_query(StatusQuery)
        body = self.read_body(StatusIn)
        account = account_to_write(self.org.pk, query)
        label_customer(
            origin=self.origin,
            customer_id=find_by(self.org, query, account),
            label=body.get("label") or "",
            reason=body.get("reason") or "",
            created_at=self._created_at(body.get("createdOn") or ""),
        )
        return Response({"warnings": [], "error": []})

    def _created_at(self, said: str) -> Any:
        if not said.strip():
            return None
        moment = parse_moment(said, self.org.zone)
        if moment is None:
            raise RequestInvalid(detail="createdOn: this is no date and time.")
        return moment


class StatusLineOut(serializers.Serializer):
    entityId = serializers.IntegerField(help_text="The customer's id.")
    label = serializers.CharField()  # type: ignore[assignment]
    prevLabel = serializers.CharField(allow_null=True, help_text="Null: none was set before.")
    status = serializers.CharField()
    reason = serializers.CharField()
    createdBy = serializers.IntegerField(allow_null=True, help_text="An entity's id.")
    createdByUser = serializers.CharField(allow_null=True)
    createdOn = serializers.DateTimeField()
    autoUpdateTime = serializers.DateTimeField(help_text="When it was recorded.")
    isActive = serializers.BooleanField(help_text="Whether this is the label that holds.")
    actions = serializers.ListField(child=serializers.CharField())


class StatusLogOut(serializers.Serializer):
    data = StatusLineOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class StatusLog(V2View):
    """GET /v2/customers/{id}/statusLog"""

    operation = "customers.statusLog"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    wording = {"GET": WORDING}
    refusals = [errors.CustomerUnknown, errors.CustomerMerged]

    @extend_schema(
        operation_id="customers.statusLog",
        summary="List the changes of a customer's status",
        tags=["v2 customers"],
        parameters=[Paging],
        responses=StatusLogOut,
        examples=[
            OpenApiExample(
                "Suspended",
                value={
                    "data": [
                        {
                            "entityId": 418,
                            "label": "Suspended",
                            "prevLabel": "Active",
                            "status": "SUSPENDED",
                            "reason": "card lost",
                            "createdBy": 1,
                            "createdByUser": "demo.till",
                            "createdOn": "2026-03-02T17:30:00+05:30",
                            "autoUpdateTime": "2026-03-02T17:30:00+05:30",
                            "isActive": True,
                            "actions": [],
                        }
                    ],
                    "warnings": [],
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List the status labels a customer was given, what was recorded last first."""
        page = self.read_query(Paging)
        check_standing(org_id=self.org.pk, customer_id=customer_id)
        lines = list_status_changes(org_id=self.org.pk, customer_id=customer_id, **page)
        return Response({"data": [_line(line) for line in lines], "warnings": []})


def _line(line: StatusLine) -> dict[str, Any]:
    return {
        "entityId": line.customer_id,
        "label": line.label,
        "prevLabel": line.previous_label,
        "status": line.status,
        "reason": line.reason,
        "createdBy": line.created_by_id,
        "createdByUser": line.created_by,
        "createdOn": line.created_at,
        "autoUpdateTime": line.recorded_at,
        "isActive": line.is_current,
        "actions": [],
    }
