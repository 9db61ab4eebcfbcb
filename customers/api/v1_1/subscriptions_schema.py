"""Bodies of `customer/subscriptions` in v1.1, for the API page."""

from rest_framework import serializers

from crm.dialects.v1_1.body_schema import ItemStatusOut, describe_answer, describe_body
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut


class SubscriptionIn(CustomerLookupIn):
    priority = serializers.CharField(help_text="`TRANS` or `BULK`.")
    scope = serializers.CharField(required=False, help_text="`ALL`.")
    channel = serializers.CharField(help_text="Such as `SMS` or `EMAIL`.")
    is_subscribed = serializers.CharField(help_text="`1` or `0`.")


class SubscribeRow(CustomerLookupOut):
    channel = serializers.CharField(required=False, allow_null=True)
    priority = serializers.CharField(required=False, allow_null=True)
    scope = serializers.CharField(required=False, allow_null=True)
    is_subscribed = serializers.CharField(required=False, allow_null=True)
    item_status = ItemStatusOut()


class PreferenceOut(serializers.Serializer):
    name = serializers.ChoiceField(["TRANS", "BULK"])
    subscribed = serializers.ChoiceField(["ALL", "NONE"])
    user_preference = serializers.ChoiceField(["SUBSCRIBED", "UNSUBSCRIBED", "NOT_SET"])


class ChannelOut(serializers.Serializer):
    name = serializers.CharField()
    priority = PreferenceOut(many=True)


class SubscriptionsRow(CustomerLookupOut):
    channel = ChannelOut(many=True, required=False)
    item_status = ItemStatusOut()


SUBSCRIBE_REQUEST = describe_body("Subscribe", "subscription", SubscriptionIn)
SUBSCRIBE_RESPONSE = describe_answer("Subscribed", "subscriptions", "subscription", SubscribeRow)
SUBSCRIPTIONS_RESPONSE = describe_answer(
    "Subscriptions", "subscriptions", "subscription", SubscriptionsRow
)
