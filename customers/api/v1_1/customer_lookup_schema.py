"""Identifiers of v1.1 items, for the API page."""

from rest_framework import serializers


class CustomerLookupIn(serializers.Serializer):
    """Identifiers of a customer; the first known in this order decides."""

    mobile = serializers.CharField(required=False, allow_null=True)
    email = serializers.CharField(required=False, allow_null=True)
    external_id = serializers.CharField(required=False, allow_null=True)
    card = serializers.CharField(required=False, allow_null=True)
    id = serializers.CharField(required=False, allow_null=True)
    user_id = serializers.CharField(required=False, allow_null=True)


class CustomerLookupOut(serializers.Serializer):
    """The identifiers that were passed, and the customer's own."""

    user_id = serializers.CharField(required=False, allow_null=True)
    mobile = serializers.CharField(required=False, allow_null=True)
    email = serializers.CharField(required=False, allow_null=True)
    external_id = serializers.CharField(required=False, allow_null=True)
    card = serializers.CharField(required=False, allow_null=True)
    card_number = serializers.CharField(required=False, allow_null=True)
    cardnumber = serializers.CharField(required=False, allow_null=True)
    customer_id = serializers.CharField(required=False, allow_null=True)
    id = serializers.CharField(required=False, allow_null=True)
    identifier = serializers.CharField(required=False, allow_null=True)
