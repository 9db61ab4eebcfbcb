"""Bodies of the operations on subscriptions."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, computed, constant
from crm.kernel.ids import LARGEST_ID
from customers.api.v2.details_shapes import SubscriptionInfoOut
from customers.api.v2.field_types import Text, bounded_list
from customers.api.v2.shared_schema import WarningOut
from customers.rules.subscriptions import NONE

MAX_CHANGES = 100


class CampaignId(serializers.IntegerField):
    """A whole number as sent; the rules read it, and refuse it by a code of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": NONE, "allow_null": True, **kwargs}, help_text="-1: none.")

    def to_internal_value(self, data: Any) -> Any:
        return data


@extend_schema_field(OpenApiTypes.STR)
class ScopeName(serializers.Field):
    """A name. Several names (a list or comma-separated) have their own refusal."""

    default_error_messages = {"invalid": "Must be text, or a list of texts."}

    def to_internal_value(self, data: Any) -> Any:
        names = data if isinstance(data, list) else [data]
        if not all(isinstance(name, str) for name in names):
            self.fail("invalid")
        return data


class ScopeIn(serializers.Serializer):
    scope = ScopeName(required=False, allow_null=True)
    subScope = ScopeName(required=False, allow_null=True)


class SubscriptionIn(serializers.Serializer):
    channel = Text(help_text="MOBILE or SMS, EMAIL, WECHAT, WHATSAPP, ANDROID, IOS, LINE.")
    priority = Text(help_text="TRANS or BULK.")
    type = Text(help_text="OPTIN or OPTOUT.")
    sourceName = Text(help_text="Default: INSTORE, if accountId is not passed either.")
    accountId = Text()
    orgUnitId = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LARGEST_ID,
        help_text="The id of a concept. Default: the whole organization.",
    )


class SubscribeIn(serializers.Serializer):
    subscriptions = bounded_list(
        SubscriptionIn(), MAX_CHANGES, required=True, allow_null=False, allow_empty=False
    )
    scope = ScopeIn(required=False, allow_null=True)
    reason = Text()
    campaignId = CampaignId()
    communicationId = CampaignId()


class ScopeOut(Shape):
    scopeId = constant(serializers.IntegerField(), 0)
    scope = constant(serializers.CharField(), "USER")
    subScope = constant(serializers.CharField(), "NONE")
    setCreatedOn = constant(serializers.BooleanField(), False)
    setPriority = constant(serializers.BooleanField(), False)
    setScopeId = constant(serializers.BooleanField(), False)
    setScope = computed(serializers.BooleanField(), lambda row: bool(row.get("scope")))
    setSubScope = computed(serializers.BooleanField(), lambda row: bool(row.get("subScope")))


class SubscribeRowOut(Shape):
    channel = serializers.CharField()
    accountId = serializers.CharField(source="account_id")
    priority = serializers.CharField()
    type = serializers.CharField(source="status")
    sourceName = serializers.CharField(source="source")
    orgUnitId = serializers.IntegerField(source="org_unit_id", allow_null=True)


class SubscribeOut(serializers.Serializer):
    scope = ScopeOut()
    subscriptions = SubscribeRowOut(many=True)
    campaignId = serializers.IntegerField()
    communicationId = serializers.IntegerField()
    reason = serializers.CharField()
    warnings = WarningOut(many=True)


class SubscriptionsOut(SubscriptionInfoOut):
    warnings = constant(WarningOut(many=True), [])
