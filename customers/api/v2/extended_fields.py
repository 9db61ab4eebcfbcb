"""Extended fields of an organization (v2, "GET v2/extendedFields")."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Shape, computed
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers.api.v2.shared_schema import WarningOut
from customers.queries.fields import list_extended_fields

# The scopes of the reference, by wire name.
SCOPES = {
    "customer": "CUSTOMER",
    "transaction": "TRANSACTION",
    "lineitem": "LINE_ITEM",
    "card": "CARD",
}


class ExtendedFieldOut(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField(help_text="The key in extendedFields.")
    label = serializers.CharField()  # type: ignore[assignment]
    dataType = serializers.ChoiceField(
        ["STRING", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "DATETIME", "ENUM"], source="data_type"
    )
    parentId = serializers.IntegerField(source="parent_id", allow_null=True)
    createdOn = serializers.DateTimeField(source="created_at")
    modifiedOn = serializers.DateTimeField(source="modified_at")
    enumValues = computed(
        serializers.ListField(
            source="options",
            child=serializers.CharField(),
            help_text="The values of an ENUM; empty for other types.",
        ),
        list,
    )


class ScopesOut(serializers.Serializer):
    customer = ExtendedFieldOut(many=True)
    transaction = ExtendedFieldOut(many=True)
    lineitem = ExtendedFieldOut(many=True)
    card = ExtendedFieldOut(many=True)


class ExtendedFieldsOut(serializers.Serializer):
    entity = ScopesOut()
    warnings = WarningOut(many=True)


class ExtendedFields(V2View):
    """GET /v2/extendedFields"""

    operation = "extendedFields.list"
    scopes = {"GET": Scope.CUSTOMERS_READ}

    @extend_schema(
        summary="List the extended fields",
        tags=["v2 fields"],
        responses=ExtendedFieldsOut,
        examples=load_examples(__file__, "extended_fields"),
    )
    def get(self, request: Request) -> Response:
        """List the active extended fields of the organization by scope."""
        fields_by_scope = list_extended_fields(org_id=self.org.pk)
        return Response(
            {
                "entity": {
                    name: [ExtendedFieldOut.build(row) for row in fields_by_scope[scope]]
                    for name, scope in SCOPES.items()
                },
                "warnings": [],
            }
        )
