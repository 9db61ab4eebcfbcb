"""The answer of `customer/coupons` in v1.1."""

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, argument, if_none
from crm.dialects.v1_1.answer_fields import listed, number_text, optional_text
from crm.dialects.v1_1.body_schema import describe_answer
from customers.api.v1_1.customer_shapes import CustomerLookupOut, IdentifiersOut, NamesOut

NO_ENTITY = {"code": "", "name": ""}


class CodeAndNameOut(Shape):
    code = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)


class RedemptionOut(Shape):
    date = serializers.CharField(source="redeemed_at")
    transaction_number = serializers.CharField(allow_blank=True)
    redeemed_at = if_none(CodeAndNameOut(source="redeemed_in"), NO_ENTITY)


class CouponOut(Shape):
    id = number_text("id")
    series_id = number_text("series_id")
    description = serializers.CharField(allow_blank=True)
    redemption_count = number_text("redemption_count")
    created_date = serializers.CharField(source="issued_at")
    valid_till = optional_text(source="expires_at")
    code = serializers.CharField()
    transaction_number = serializers.CharField(allow_blank=True)
    redemptions = listed("redemption", RedemptionOut, source="redemptions")


class CouponsOut(NamesOut, IdentifiersOut):
    id = number_text("customer_id")
    coupons = argument(listed("coupon", CouponOut, source="*"), "coupons")


COUPONS = describe_answer(
    "CouponsOfCustomer", "customers", "customer", CouponsOut, CustomerLookupOut
)
