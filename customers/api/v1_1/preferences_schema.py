"""Bodies of `customer/preferences` in v1.1, for the API page."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import ItemStatusOut, describe_answer, describe_body
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut


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
