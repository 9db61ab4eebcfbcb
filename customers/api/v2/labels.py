"""Status labels: the organization's, and a customer's (v2)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Shape
from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.details import WORDING
from customers.api.v2.field_types import Text
from customers.api.v2.organization import ListOut, build_list
from customers.api.v2.shared_schema import WarningOut
from customers.api.v2.status import read_created_at
from customers.operations.status_labels import label_customer
from customers.queries.customers.active import check_active_customer
from customers.queries.status_labels import find_labels, get_current_label


class StatusLabelOut(Shape):
    id = serializers.IntegerField(source="pk")
    label = serializers.CharField()  # type: ignore[assignment]
    status = serializers.ChoiceField(["ACTIVE", "SUSPENDED", "DELETED"])
    isDefault = serializers.BooleanField(
        source="is_default", help_text="Shown for customers who were never given a label."
    )


class LabelsOut(ListOut):
    data = StatusLabelOut(many=True)  # type: ignore[assignment]


class Labels(V2View):
    """GET /v2/organization/labels"""

    operation = "organization.labels"
    scopes = {"GET": Scope.CUSTOMERS_READ}

    @extend_schema(
        summary="List the status labels",
        tags=["v2 organization"],
        responses=LabelsOut,
        examples=load_examples(__file__, "labels"),
    )
    def get(self, request: Request) -> Response:
        """List the active status labels of the organization by name."""
        rows = find_labels(org_id=self.org.pk)
        return Response(build_list([StatusLabelOut.build(row) for row in rows]))


class LabelSearchQuery(serializers.Serializer):
    q = serializers.CharField(
        allow_blank=True, default="", max_length=60, help_text="A part of a label, in any case."
    )


class LabelSearch(V2View):
    """GET /v2/customers/labels/search"""

    operation = "customers.labelSearch"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"q": "act"}}

    @extend_schema(
        summary="Search the status labels",
        tags=["v2 organization"],
        parameters=[LabelSearchQuery],
        responses=LabelsOut,
        examples=load_examples(__file__, "labels"),
    )
    def get(self, request: Request) -> Response:
        """List the active status labels that contain the text, by name."""
        rows = find_labels(org_id=self.org.pk, text=self.read_query(LabelSearchQuery)["q"])
        return Response(build_list([StatusLabelOut.build(row) for row in rows]))


class CustomerLabels(V2View):
    """GET /v2/customers/{id}/labels"""

    operation = "customers.labels"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 418}}
    wording = {"GET": WORDING}
    refusals = {"GET": [errors.CustomerUnknown, errors.CustomerMerged]}

    @extend_schema(
        summary="Get a customer's status label",
        tags=["v2 customers"],
        responses=LabelsOut,
        examples=load_examples(__file__, "labels"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """Return the customer's label: one at most, and none if the organization has no default."""
        check_active_customer(org_id=self.org.pk, customer_id=customer_id)
        label = get_current_label(org_id=self.org.pk, customer_id=customer_id)
        return Response(build_list([StatusLabelOut.build(label)] if label else []))


class ChangeLabelsIn(serializers.Serializer):
    label = Text(  # type: ignore[assignment]
        help_text="A label of the organization; case-insensitive."
    )
    labels = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=1,
        help_text="The same as a list; a customer has one label.",
    )
    reason = Text()
    createdOn = Text(help_text="When it happened. Default: now.")


class ChangeLabelsOut(serializers.Serializer):
    success = serializers.BooleanField()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class ChangeLabels(V2View):
    """POST /v2/customers/{id}/changeLabels"""

    operation = "customers.changeLabels"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    examples = {"POST": {"customer_id": 418}}
    wording = {"POST": WORDING}
    refusals = {
        "POST": [
            errors.CustomerUnknown,
            errors.CustomerMerged,
            errors.StatusLabelUnknown,
            errors.ReasonMissing,
            errors.ReasonInvalid,
        ]
    }

    @extend_schema(
        summary="Set a customer's status label, by the customer's id",
        tags=["v2 customers"],
        request=ChangeLabelsIn,
        responses=ChangeLabelsOut,
        examples=load_examples(__file__, "change_labels"),
    )
    def post(self, request: Request, customer_id: int) -> Response:
        """Set the status label of the customer, and log the reason."""
        body = self.read_body(ChangeLabelsIn)
        label, others = body.get("label") or "", body.get("labels") or []
        if others:
            if label and others != [label]:
                raise RequestInvalid(detail="Say either label or labels.")
            [label] = others
        label_customer(
            origin=self.origin,
            customer_id=customer_id,
            label=label,
            reason=body.get("reason") or "",
            created_at=read_created_at(body.get("createdOn") or "", self.org.zone),
        )
        return Response({"success": True, "warnings": [], "errors": []})
