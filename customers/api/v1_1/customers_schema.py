"""Bodies of `customer/add` and `customer/update` in v1.1, for the API page."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import ItemStatusOut, describe_answer, describe_body
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut
from customers.api.v1_1.subscriptions_schema import SubscriptionIn


class FieldIn(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField(
        required=False, allow_null=True, help_text="Empty removes the field."
    )


class FieldOut(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField()


class EffectOut(serializers.Serializer):
    """An effect: points, or a coupon with its own keys."""

    type = serializers.ChoiceField(["points", "coupon"])
    awarded_points = serializers.CharField(required=False)
    total_points = serializers.CharField(required=False)
    coupon_code = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    coupon_type = serializers.CharField(required=False)
    discount_code = serializers.CharField(required=False)
    discount_value = serializers.CharField(required=False, allow_null=True)
    valid_till = serializers.CharField(required=False, allow_null=True)
    id = serializers.CharField(required=False)


class FieldsIn(serializers.Serializer):
    field = FieldIn(many=True)


class FieldsOut(serializers.Serializer):
    field = FieldOut(many=True)


class UpdateIn(CustomerLookupIn):
    firstname = serializers.CharField(required=False, allow_null=True)
    lastname = serializers.CharField(required=False, allow_null=True)
    type = serializers.CharField(
        required=False, allow_null=True, help_text="`LOYALTY`, `NON_LOYALTY`, `NOT_INTERESTED`."
    )
    extended_fields = FieldsIn(required=False, allow_null=True)
    custom_fields = FieldsIn(required=False, allow_null=True)
    subscriptions = inline_serializer(
        "ConsentsIn", {"subscription": SubscriptionIn(many=True)}, required=False, allow_null=True
    )


class AddIn(UpdateIn):
    registered_on = serializers.CharField(
        required=False, allow_null=True, help_text="`YYYY-MM-DD HH:MM:SS`. Default: now."
    )


class RegistrationRow(CustomerLookupOut):
    registered_on = serializers.CharField(required=False, allow_null=True)
    updated_on = serializers.CharField(required=False)
    type = serializers.CharField(required=False, allow_null=True)
    firstname = serializers.CharField(required=False, allow_null=True)
    lastname = serializers.CharField(required=False, allow_null=True)
    lifetime_points = serializers.CharField(required=False)
    lifetime_purchases = serializers.CharField(required=False)
    loyalty_points = serializers.CharField(required=False)
    current_slab = serializers.CharField(required=False, allow_null=True)
    extended_fields = FieldsOut(required=False)
    custom_fields = FieldsOut(required=False)
    side_effects = inline_serializer(
        "SideEffects", {"effect": EffectOut(many=True)}, required=False
    )
    item_status = ItemStatusOut()


ADD_REQUEST = describe_body("Add", "customer", AddIn)
UPDATE_REQUEST = describe_body("Update", "customer", UpdateIn)
CUSTOMERS_RESPONSE = describe_answer("Entered", "customers", "customer", RegistrationRow)
