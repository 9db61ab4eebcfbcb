"""Bodies and answers of `points/...` in v1.1."""

from typing import Any

from rest_framework import serializers

from crm.dialects.v1_1.answer_fields import optional_text
from crm.dialects.v1_1.batch_items import read_string, read_text
from crm.dialects.v1_1.body_schema import describe_answer, describe_body, describe_response
from crm.dialects.v1_1.envelope import ItemStatusOut
from crm.dialects.v1_1.item_shapes import ItemShape, keep, read_by
from customers.api.v1_1.customer_shapes import CustomerLookupIn, FieldsIn
from customers.api.v1_1.registration_shapes import read_fields


class RedeemIn(ItemShape):
    points_redeemed = read_by(serializers.CharField(), read_text)
    transaction_number = read_by(optional_text(), read_string)
    customer = read_by(CustomerLookupIn(), keep)
    notes = read_by(optional_text(), read_string)
    validation_code = read_by(optional_text(), read_string)
    redemption_time = read_by(optional_text(help_text="Default: now."), read_string)
    external_reference_number = read_by(
        optional_text(help_text="Your own key: a repeat answers the first redemption."), read_string
    )
    custom_fields = read_by(FieldsIn(required=False, allow_null=True), read_fields)


class PointsCustomerOut(serializers.Serializer):
    mobile = optional_text()
    email = optional_text()
    external_id = optional_text()


class RedeemedOut(PointsCustomerOut):
    user_id = serializers.CharField()
    points_redeemed = serializers.CharField()
    redeemed_value = serializers.CharField()
    balance = serializers.CharField()
    redemption_id = serializers.CharField()
    side_effects = serializers.DictField()


class RedeemEcho(PointsCustomerOut):
    points_redeemed = optional_text()


class RedeemableOut(PointsCustomerOut):
    points = optional_text()
    is_redeemable = serializers.ChoiceField(["true", "false"])
    points_redeem_value = serializers.CharField()
    points_currency_ratio = serializers.CharField()
    item_status = ItemStatusOut()


class CodeOut(PointsCustomerOut):
    points = optional_text()
    is_issued = serializers.ChoiceField(["true", "false"])
    item_status = ItemStatusOut()


def _describe_one(name: str, parent: str, child: str, shape: type[serializers.Serializer]) -> Any:
    holder = type(f"{name}Holder", (serializers.Serializer,), {child: shape()})
    return describe_response(name, {parent: holder()})


REDEEM_REQUEST = describe_body("RedeemPoints", "redeem", RedeemIn)
REDEEM_RESPONSE = describe_answer("PointsRedeemed", "responses", "points", RedeemedOut, RedeemEcho)
REDEEMABLE_RESPONSE = _describe_one("PointsRedeemable", "points", "redeemable", RedeemableOut)
CODE_RESPONSE = _describe_one("PointsCode", "validation_code", "code", CodeOut)
