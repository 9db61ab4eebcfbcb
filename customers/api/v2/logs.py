"""Logs of a customer's status and subscriptions, newest first (v2)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Shape, constant
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.pagination import Paging
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.details import WORDING
from customers.api.v2.shared_schema import WarningOut
from customers.queries.customers.active import check_active_customer
from customers.queries.status_labels import list_status_changes
from customers.queries.subscriptions import list_subscription_changes

NONE = -1  # how the reference writes "none in particular"


class StatusLineOut(Shape):
    entityId = serializers.IntegerField(source="customer_id", help_text="The customer's id.")
    label = serializers.CharField()  # type: ignore[assignment]
    prevLabel = serializers.CharField(
        source="previous_label", allow_null=True, help_text="Null for the first label."
    )
    status = serializers.CharField()
    reason = serializers.CharField()
    createdBy = serializers.IntegerField(
        source="created_by_id", allow_null=True, help_text="An entity's id."
    )
    createdByUser = serializers.CharField(source="created_by", allow_null=True)
    createdOn = serializers.DateTimeField(source="created_at")
    autoUpdateTime = serializers.DateTimeField(
        source="recorded_at", help_text="When it was recorded."
    )
    isActive = serializers.BooleanField(
        source="is_current", help_text="Whether this is the current label."
    )
    actions = constant(serializers.ListField(child=serializers.CharField()), [])


class StatusLogOut(serializers.Serializer):
    data = StatusLineOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class StatusLog(V2View):
    """GET /v2/customers/{id}/statusLog"""

    operation = "customers.statusLog"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 481220846}}
    wording = {"GET": WORDING}
    refusals = {"GET": [errors.CustomerUnknown, errors.CustomerMerged]}

    @extend_schema(
        summary="List the changes of a customer's status",
        tags=["v2 customers"],
        parameters=[Paging],
        responses=StatusLogOut,
        examples=load_examples(__file__, "status_log"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List the changes of a customer's status label, in reverse order of recording."""
        page = self.read_query(Paging)
        check_active_customer(org_id=self.org.pk, customer_id=customer_id)
        changes = list_status_changes(org_id=self.org.pk, customer_id=customer_id, **page)
        return Response(
            {"data": [StatusLineOut.build(change) for change in changes], "warnings": []}
        )


class SubscriptionLineOut(Shape):
    source = serializers.CharField()  # type: ignore[assignment]
    accountId = serializers.CharField(source="account_id")
    orgUnitId = serializers.IntegerField(
        source="org_unit_id", allow_null=True, help_text="Null: the organization."
    )
    orgSourceId = serializers.IntegerField(
        source="source_account_id", help_text="The source account's id."
    )
    commChannelId = constant(
        serializers.IntegerField(help_text="-1: consent covers all addresses of the channel."), NONE
    )
    commChannelType = serializers.CharField(source="channel")
    communicationCategoryId = constant(
        serializers.IntegerField(help_text="-1: there are no categories."), NONE
    )
    priority = serializers.CharField()
    scope = serializers.CharField(
        allow_blank=True, help_text="POINTS or COUPONS; empty: the general consent."
    )
    status = serializers.CharField()
    addedBy = serializers.CharField(
        source="changed_by", allow_null=True, help_text="An entity's name."
    )
    addedOn = serializers.DateTimeField(source="changed_at")
    reason = serializers.CharField()
    campaignId = serializers.IntegerField(source="campaign_id", help_text="-1: none.")
    communicationId = serializers.IntegerField(source="communication_id", help_text="-1: none.")


class SubscriptionLogOut(serializers.Serializer):
    data = SubscriptionLineOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class SubscriptionLog(V2View):
    """GET /v2/customers/{id}/subscriptionStatusChangeLog"""

    operation = "customers.subscriptionLog"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 17742}}
    wording = {"GET": WORDING}
    refusals = {"GET": [errors.CustomerUnknown, errors.CustomerMerged]}

    @extend_schema(
        summary="List the changes of a customer's subscriptions",
        tags=["v2 subscriptions"],
        parameters=[Paging],
        responses=SubscriptionLogOut,
        examples=load_examples(__file__, "subscription_log"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List the opt-ins and opt-outs of a customer, newest first."""
        page = self.read_query(Paging)
        check_active_customer(org_id=self.org.pk, customer_id=customer_id)
        changes = list_subscription_changes(org_id=self.org.pk, customer_id=customer_id, **page)
        return Response(
            {"data": [SubscriptionLineOut.build(change) for change in changes], "warnings": []}
        )
