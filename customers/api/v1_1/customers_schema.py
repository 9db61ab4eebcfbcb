"""Bodies of `customer/add` and `customer/update` in v1.1, for the API page."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, inline_serializer
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


def _build_answer(message: str, **extra: Any) -> dict[str, Any]:
    status = {
        "success": "true",
        "code": 200,
        "message": "SUCCESS",
        "total": "1",
        "success_count": "1",
    }
    row = {
        "user_id": "500000001",
        "mobile": "919010000079",
        "email": None,
        "external_id": None,
        "registered_on": "2026-03-02 12:00:00",
        "type": "LOYALTY",
        "firstname": "Asha",
        "lastname": "Menon",
        "extended_fields": {"field": []},
        "custom_fields": {"field": [{"name": "Hobbies", "value": "[“Playing”]"}]},
        "item_status": {
            "success": "true",
            "code": "1000",
            "message": message,
            "warnings": {"warning": []},
        },
        "side_effects": {"effect": []},
        "lifetime_points": "0",
        "lifetime_purchases": "0",
        "loyalty_points": "0",
        "current_slab": "SILVER",
        "updated_on": "2026-03-02 12:00:00",
        **extra,
    }
    return {"response": {"status": status, "customers": {"customer": [row]}}}


ADD_EXAMPLES = [
    OpenApiExample(
        "A new customer",
        value={
            "root": {
                "customer": [
                    {
                        "mobile": "919010000079",
                        "firstname": "Asha",
                        "lastname": "Menon",
                        "custom_fields": {"field": [{"name": "Hobbies", "value": "[“Playing”]"}]},
                        "subscriptions": {
                            "subscription": [
                                {
                                    "priority": "BULK",
                                    "scope": "all",
                                    "is_subscribed": "0",
                                    "channel": "sms",
                                }
                            ]
                        },
                    }
                ]
            }
        },
        request_only=True,
    ),
    OpenApiExample(
        "Registered",
        value=_build_answer(
            "The customer was registered.",
            side_effects={
                "effect": [{"type": "points", "awarded_points": "50", "total_points": "50"}]
            },
            lifetime_points="50",
            loyalty_points="50",
        ),
        response_only=True,
    ),
]
UPDATE_EXAMPLES = [
    OpenApiExample(
        "Another name and a field",
        value={
            "root": {
                "customer": [
                    {
                        "mobile": "44700900000",
                        "firstname": "Tom",
                        "lastname": "Sawyer",
                        "extended_fields": {"field": [{"name": "color", "value": "black"}]},
                    }
                ]
            }
        },
        request_only=True,
    ),
    OpenApiExample("Updated", value=_build_answer("The customer was updated."), response_only=True),
]
