"""The bodies of requests in v1.1, for the API page."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.schema import ItemStatusOut, StatusOut, answer_of, body_of, maybe_text
from customers.api.v1_1.whom_schema import WhomIn


class MiscIn(serializers.Serializer):
    target_customer = WhomIn(required=False)


class RequestIn(serializers.Serializer):
    reference_id = maybe_text(help_text="The caller's own word for it, answered again.")
    type = serializers.CharField(help_text="`CHANGE_IDENTIFIER`, `GOODWILL`, `TRANSACTION_UPDATE`.")
    base_type = serializers.CharField(
        help_text="`MOBILE` `EMAIL` `EXTERNAL_ID` `ADDRESS` `MERGE` `MERGE_UNDO` `MOBILE_REALLOC`; "
        "`POINTS` `COUPON`; `RETRO`."
    )
    customer = WhomIn()
    old_value = maybe_text()
    new_value = maybe_text()
    misc_info = MiscIn(required=False)
    points = maybe_text()
    program_id = maybe_text()
    series_id = maybe_text()
    transaction_id = maybe_text()
    old_type = maybe_text()
    new_type = maybe_text()
    merge_id = maybe_text()
    reason = maybe_text()
    comments = maybe_text()


class DecisionIn(serializers.Serializer):
    type = serializers.CharField()
    base_type = serializers.CharField()
    id = serializers.CharField()
    points = maybe_text(help_text="The approved value of goodwill points.")
    reason = maybe_text(help_text="Why it is rejected.")
    updated_comments = maybe_text()


class PersonOut(serializers.Serializer):
    id = serializers.CharField()
    firstname = serializers.CharField()
    lastname = serializers.CharField()
    mobile = maybe_text()
    email = maybe_text()
    external_id = maybe_text()


class EntityOut(serializers.Serializer):
    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()


class MiscOut(serializers.Serializer):
    target_customer = PersonOut(required=False)


class RequestOut(serializers.Serializer):
    reference_id = maybe_text()
    id = maybe_text()
    status = maybe_text(help_text="`PENDING` `APPROVED` `REJECTED` `FAILED`.")
    requested_on = maybe_text()
    type = maybe_text()
    base_type = maybe_text()
    customer = PersonOut(required=False)
    old_value = maybe_text()
    new_value = maybe_text()
    old_type = maybe_text()
    new_type = maybe_text()
    points = serializers.FloatField(required=False, allow_null=True)
    program_id = maybe_text()
    series_id = maybe_text()
    misc_info = MiscOut(required=False)
    transaction_id = maybe_text()
    reason = maybe_text()
    comments = maybe_text()
    is_one_step_change = maybe_text()


class AddedRow(RequestOut):
    item_status = ItemStatusOut()


class DecidedRow(RequestOut):
    updated_by = EntityOut(required=False)
    updated_on = maybe_text()
    updated_comments = maybe_text()
    decision_reason = maybe_text()
    approved_points = serializers.FloatField(required=False, allow_null=True)
    auto_approved = maybe_text()
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
    updated_on = maybe_text()
    updated_comments = maybe_text()
    decision_reason = maybe_text()
    approved_points = serializers.FloatField(required=False, allow_null=True)
    auto_approved = maybe_text()


class LoggedLine(RequestLine):
    logs = inline_serializer("RequestLogs", {"log": WordOut(many=True)})


class IdentityIn(serializers.Serializer):
    identifier = serializers.CharField(help_text="`mobile`, `email` or `external_id`.")
    old_value = serializers.CharField()
    new_value = serializers.CharField()


class IdentityRow(serializers.Serializer):
    identifier = maybe_text()
    old_value = maybe_text()
    new_value = maybe_text()
    updated = serializers.CharField()
    request_id = maybe_text()
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


ADD = body_of("AddRequest", "request", RequestIn)
ADDED = answer_of("AddedRequests", "requests", "request", AddedRow)
DECIDE = body_of("DecideRequest", "request", DecisionIn)
DECIDED = answer_of("DecidedRequests", "requests", "request", DecidedRow)
UPDATE_IDENTITY = body_of("UpdateIdentity", "customer", IdentityIn)
UPDATED_IDENTITY = answer_of("UpdatedIdentity", "customers", "customer", IdentityRow)
REQUESTS = _lists("Requests", RequestLine)
LOGS = _lists("LoggedRequests", LoggedLine)
