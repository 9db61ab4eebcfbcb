"""The identifiers of an item, for the API page."""

from rest_framework import serializers


class CustomerLookupIn(serializers.Serializer):
    """Where several are passed, the first known in this order decides."""

    mobile = serializers.CharField(required=False, allow_null=True)
    email = serializers.CharField(required=False, allow_null=True)
    external_id = serializers.CharField(required=False, allow_null=True)
    card = serializers.CharField(required=False, allow_null=True)
    id = serializers.CharField(required=False, allow_null=True)
    user_id = serializers.CharField(required=False, allow_null=True)


class CustomerLookupOut(serializers.Serializer):
    """What was passed, and who it is."""

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
