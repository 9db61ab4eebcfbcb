"""The answer of `customer/search` in v1.1."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, computed
from crm.dialects.v1_1.answer_fields import amount_text, listed, number_text
from crm.dialects.v1_1.body_schema import describe_response
from crm.dialects.v1_1.envelope import WarningOut
from customers.api.v1_1.customer_shapes import FieldOut, list_fields


def _list_attributes(values: Mapping[str, Any]) -> Answer:
    return {"attribute": list_fields(values)["field"]}


class AttributesOut(serializers.Serializer):
    attribute = FieldOut(many=True)


class SearchResultOut(Shape):
    user_id = number_text("id")
    org_id = number_text("org_id")
    firstname = serializers.CharField(source="first_name")
    lastname = serializers.CharField(source="last_name")
    mobile = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    external_id = serializers.CharField(allow_blank=True)
    loyalty_points = amount_text("points")
    lifetime_points = amount_text("lifetime")
    lifetime_purchases = amount_text("purchases")
    current_slab = serializers.CharField(
        source="tier", help_text="Empty if not enrolled in the default program."
    )
    registered_on = serializers.CharField(source="registered_at")
    registered_by = serializers.CharField(help_text="The code of a till, store or user.")
    last_trans_value = amount_text(
        "last_transaction_amount", help_text="The amount of the last transaction."
    )
    attributes = computed(AttributesOut(source="fields"), _list_attributes)


class SearchPageOut(Shape):
    count = number_text("total", help_text="The number of matches, up to 1,000.")
    start = argument(computed(serializers.CharField(source="*"), str), "start")
    rows = argument(computed(serializers.CharField(source="*"), str), "rows")
    results = listed("item", SearchResultOut, source="customers")
    warnings = argument(listed("warning", WarningOut), "warnings")


class SearchStatusOut(serializers.Serializer):
    success = serializers.ChoiceField(["true"])
    code = serializers.IntegerField()
    message = serializers.CharField()


SEARCH_RESPONSE = describe_response("Search", {"customer": SearchPageOut()}, SearchStatusOut)
