"""Bodies of `customer/preferences` in v1.1, for the API page."""

from drf_spectacular.utils import OpenApiExample, inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import ItemStatusOut, describe_answer, describe_body
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut

STATUS = {
    "success": "true",
    "code": 200,
    "message": "SUCCESS",
    "total": "1",
    "success_count": "1",
}
TOM = {
    "user_id": "418",
    "mobile": "44700900000",
    "email": "tom.sawyer@example.com",
    "external_id": "ts1234",
}


class StoreIn(serializers.Serializer):
    """If both are passed, the code decides."""

    code = serializers.CharField(required=False, allow_null=True)
    id = serializers.CharField(required=False, allow_null=True)


class PreferenceFieldIn(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField(allow_null=True, help_text="Blank removes the preference.")


class PreferenceFieldOut(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.JSONField(allow_null=True)


class CustomerPreferencesIn(CustomerLookupIn):
    local_id = serializers.CharField(required=False, allow_null=True)
    store = StoreIn(required=False)
    custom_fields = inline_serializer(
        "PreferenceFieldsIn", {"field": PreferenceFieldIn(many=True)}, required=False
    )


class StoreOut(serializers.Serializer):
    id = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["SUCCESS", "FAILED"])


class _PreferencesRow(CustomerLookupOut):
    custom_fields = inline_serializer(
        "PreferenceFields", {"field": PreferenceFieldOut(many=True)}, required=False
    )


class PreferencesUpdateRow(_PreferencesRow):
    local_id = serializers.CharField(allow_null=True, help_text="The `local_id` of the request.")
    store = StoreOut(required=False)
    item_status = ItemStatusOut()


class PreferencesRow(_PreferencesRow):
    item_status = ItemStatusOut()


UPDATE_REQUEST = describe_body("UpdatePreferences", "customer", CustomerPreferencesIn)
UPDATE_RESPONSE = describe_answer(
    "PreferencesUpdated", "customers", "customer", PreferencesUpdateRow
)
PREFERENCES_RESPONSE = describe_answer("PreferencesRead", "customers", "customer", PreferencesRow)

READ_EXAMPLE = OpenApiExample(
    "Preferences of a customer",
    value={
        "response": {
            "status": STATUS,
            "customers": {
                "customer": [
                    {
                        **TOM,
                        "custom_fields": {
                            "field": [
                                {"name": "Favorite Brand", "value": "Puma"},
                                {"name": "Favorite Color", "value": "Green"},
                                {"name": "PREFERRED_STORE", "value": "Store name"},
                            ]
                        },
                        "item_status": {
                            "success": "true",
                            "code": "200",
                            "message": "The preferences were retrieved.",
                            "warnings": {"warning": []},
                        },
                    }
                ]
            },
        }
    },
    response_only=True,
)
UPDATE_EXAMPLE = OpenApiExample(
    "Another color and a store",
    value={
        "root": {
            "customer": [
                {
                    "mobile": "44700900000",
                    "store": {"code": "store.code"},
                    "custom_fields": {"field": [{"name": "Favorite Color", "value": "Blue"}]},
                }
            ]
        }
    },
    request_only=True,
)
UPDATE_ANSWER_EXAMPLE = OpenApiExample(
    "Updated",
    value={
        "response": {
            "status": STATUS,
            "customers": {
                "customer": [
                    {
                        **TOM,
                        "local_id": None,
                        "custom_fields": {
                            "field": [{"name": "Favorite Color", "value": "Blue"}],
                        },
                        "store": {
                            "id": "2234235",
                            "code": "store.code",
                            "name": "Store name",
                            "status": "SUCCESS",
                        },
                        "item_status": {
                            "success": "true",
                            "code": "200",
                            "message": "The preferences were updated.",
                            "warnings": {"warning": []},
                        },
                    }
                ]
            },
        }
    },
    response_only=True,
)
