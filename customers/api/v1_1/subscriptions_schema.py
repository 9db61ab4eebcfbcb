"""The bodies of subscriptions in v1.1, for the API page."""

from rest_framework import serializers

from crm.dialects.v1_1.schema import ItemStatusOut, answer_of, body_of
from customers.api.v1_1.whom_schema import WhomIn, WhomOut


class SubscriptionIn(WhomIn):
    priority = serializers.CharField(help_text="`TRANS` or `BULK`.")
    scope = serializers.CharField(required=False, help_text="`ALL`.")
    channel = serializers.CharField(help_text="Like `SMS` or `EMAIL`.")
    is_subscribed = serializers.CharField(help_text="`1` or `0`.")


class SubscribedRow(WhomOut):
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


class SubscriptionsRow(WhomOut):
    channel = ChannelOut(many=True, required=False)
    item_status = ItemStatusOut()


SUBSCRIBE = body_of("Subscribe", "subscription", SubscriptionIn)
SUBSCRIBED = answer_of("Subscribed", "subscriptions", "subscription", SubscribedRow)
SUBSCRIPTIONS = answer_of("Subscriptions", "subscriptions", "subscription", SubscriptionsRow)
