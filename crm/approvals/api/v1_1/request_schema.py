"""Serializers that describe v1.1 requests on the API page."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import (
    ItemStatusOut,
    StatusOut,
    describe_answer,
    describe_body,
    optional_text,
)
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn


class MiscIn(serializers.Serializer):
    target_customer = CustomerLookupIn(required=False)


class RequestIn(serializers.Serializer):
    reference_id = optional_text(help_text="The caller's own reference, returned in the answer.")
    type = serializers.CharField(help_text="`CHANGE_IDENTIFIER`, `GOODWILL`, `TRANSACTION_UPDATE`.")
    base_type = serializers.CharField(
        help_text="`MOBILE` `EMAIL` `EXTERNAL_ID` `ADDRESS` `MERGE` `MERGE_UNDO` `MOBILE_REALLOC`; "
        "`POINTS` `COUPON`; `RETRO`."
    )
    customer = CustomerLookupIn()
    old_value = optional_text()
    new_value = optional_text()
    misc_info = MiscIn(required=False)
    points = optional_text()
    program_id = optional_text()
    series_id = optional_text()
    transaction_id = optional_text()
    old_type = optional_text()
    new_type = optional_text()
    merge_id = optional_text()
    reason = optional_text()
    comments = optional_text()


class DecisionIn(serializers.Serializer):
    type = serializers.CharField()
    base_type = serializers.CharField()
    id = serializers.CharField()
    points = optional_text(help_text="The approved value of goodwill points.")
    reason = optional_text(help_text="The reason of a rejection.")
    updated_comments = optional_text()


class PersonOut(serializers.Serializer):
    id = serializers.CharField()
    firstname = serializers.CharField()
    lastname = serializers.CharField()
    mobile = optional_text()
    email = optional_text()
    external_id = optional_text()


class EntityOut(serializers.Serializer):
    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()


class MiscOut(serializers.Serializer):
    target_customer = PersonOut(required=False)


class RequestOut(serializers.Serializer):
    reference_id = optional_text()
    id = optional_text()
    status = optional_text(help_text="`PENDING` `APPROVED` `REJECTED` `FAILED`.")
    requested_on = optional_text()
    type = optional_text()
    base_type = optional_text()
    customer = PersonOut(required=False)
    old_value = optional_text()
    new_value = optional_text()
    old_type = optional_text()
    new_type = optional_text()
    points = serializers.FloatField(required=False, allow_null=True)
    program_id = optional_text()
    series_id = optional_text()
    misc_info = MiscOut(required=False)
    transaction_id = optional_text()
    reason = optional_text()
    comments = optional_text()
    is_one_step_change = optional_text()


class AddedRow(RequestOut):
    item_status = ItemStatusOut()


class DecidedRow(RequestOut):
    updated_by = EntityOut(required=False)
    updated_on = optional_text()
    updated_comments = optional_text()
    decision_reason = optional_text()
    approved_points = serializers.FloatField(required=False, allow_null=True)
    auto_approved = optional_text()
    item_status = ItemStatusOut()


class WordOut(serializers.Serializer):
    status = serializers.CharField()
    by = EntityOut()
    on = serializers.CharField()
    reason = serializers.CharField()
    comments = serializers.CharField()
    failure = serializers.CharField()
    auto_approved = serializers.CharField()


class RequestLine(RequestOut):
    added_by = EntityOut()
    updated_by = EntityOut(required=False)
    updated_on = optional_text()
    updated_comments = optional_text()
    decision_reason = optional_text()
    approved_points = serializers.FloatField(required=False, allow_null=True)
    auto_approved = optional_text()


class LoggedLine(RequestLine):
    logs = inline_serializer("RequestLogs", {"log": WordOut(many=True)})


class IdentityIn(serializers.Serializer):
    identifier = serializers.CharField(help_text="`mobile`, `email` or `external_id`.")
    old_value = serializers.CharField()
    new_value = serializers.CharField()


class IdentityRow(serializers.Serializer):
    identifier = optional_text()
    old_value = optional_text()
    new_value = optional_text()
    updated = serializers.CharField()
    request_id = optional_text()
    item_status = ItemStatusOut()


def _lists(name: str, line: type[serializers.Serializer]) -> object:
    requests = inline_serializer(
        f"{name}Lists",
        {
            "count": serializers.IntegerField(),
            "rows": serializers.IntegerField(),
            "change_identifier": line(many=True),
            "goodwill": line(many=True),
            "transaction_update": line(many=True),
        },
    )
    response = inline_serializer(f"{name}Response", {"status": StatusOut(), "requests": requests})
    return inline_serializer(f"{name}Answer", {"response": response})


ADD = describe_body("AddRequest", "request", RequestIn)
ADDED = describe_answer("AddedRequests", "requests", "request", AddedRow)
DECIDE = describe_body("DecideRequest", "request", DecisionIn)
DECIDED = describe_answer("DecidedRequests", "requests", "request", DecidedRow)
UPDATE_IDENTITY = describe_body("UpdateIdentity", "customer", IdentityIn)
UPDATED_IDENTITY = describe_answer("UpdatedIdentity", "customers", "customer", IdentityRow)
REQUESTS = _lists("Requests", RequestLine)
LOGS = _lists("LoggedRequests", LoggedLine)
