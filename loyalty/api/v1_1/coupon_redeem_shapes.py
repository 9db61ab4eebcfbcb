"""Bodies and answers of `coupon/...` in v1.1."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.dialects.v1_1.answer_fields import optional_text
from crm.dialects.v1_1.batch_items import read_string, read_text
from crm.dialects.v1_1.body_schema import describe_answer, describe_body
from crm.dialects.v1_1.item_shapes import ItemShape, keep, listed_in, read_by
from crm.dialects.v1_1.plain_values import format_amount, format_bool
from customers.api.v1_1.customer_shapes import CustomerLookupIn
from loyalty.api.v1_1.transaction_add_shapes import LineItemIn, read_lines
from loyalty.operations.coupons.check_bills import CheckedCoupon


class CouponLineItemIn(LineItemIn):
    """A line item of the bill, as of a transaction."""


class BillIn(ItemShape):
    number = read_by(optional_text(), read_string)
    amount = read_by(
        optional_text(help_text="Default: the sum of the items. Without it no discount is known."),
        read_text,
    )
    line_items = read_by(
        listed_in(
            "line_item",
            CouponLineItemIn,
            required=False,
            allow_null=True,
            help_text="As in `transaction/add`, with the attributes `brand` and `category`. Needed "
            "where the series is good for some items only.",
        ),
        read_lines,
    )


def read_bill(raw: Any) -> dict[str, Any]:
    """Read number, amount and line items; what is no object is no bill."""
    return BillIn.read(raw if isinstance(raw, Mapping) else {})


class RedeemCouponIn(ItemShape):
    code = read_by(serializers.CharField(), read_string)
    customer = read_by(CustomerLookupIn(), keep)
    transaction = read_by(BillIn(required=False, allow_null=True), read_bill)
    validation_code = read_by(optional_text(), read_string)
    redemption_time = read_by(optional_text(help_text="Default: now."), read_string)


class CouponCustomerOut(serializers.Serializer):
    mobile = optional_text()
    email = optional_text()
    external_id = optional_text()
    user_id = optional_text()


class CouponBillOut(serializers.Serializer):
    number = serializers.CharField(allow_blank=True)
    amount = optional_text()


class CouponWorthOut(serializers.Serializer):
    series_id = optional_text()
    series_code = optional_text()
    description = optional_text()
    discount_code = optional_text()
    discount_type = optional_text()
    discount_value = optional_text()
    discount_upto = optional_text()
    is_absolute = optional_text()
    coupon_value = optional_text(help_text="The discount on the bill, if its amount is known.")


class RedeemedCouponOut(CouponWorthOut):
    code = serializers.CharField()
    redemption_id = serializers.CharField()
    customer = CouponCustomerOut()
    transaction = CouponBillOut()


class CouponEcho(serializers.Serializer):
    code = optional_text()
    customer = CouponCustomerOut()


class RedeemableCouponOut(CouponWorthOut):
    code = serializers.CharField()
    customer = CouponCustomerOut()
    is_redeemable = serializers.ChoiceField(["true", "false"])
    redemptions_left = optional_text(help_text="Empty: any number.")
    redemptions_of_user = optional_text()
    code_needed = optional_text()
    items_needed = optional_text(help_text="Whether a redemption must send the line items.")


class RedeemableEcho(CouponEcho):
    is_redeemable = serializers.ChoiceField(["true", "false"])


REDEEM_COUPON_REQUEST = describe_body("RedeemCoupon", "coupon", RedeemCouponIn)
REDEEM_COUPON_RESPONSE = describe_answer(
    "CouponRedeemed", "coupons", "coupon", RedeemedCouponOut, CouponEcho
)
REDEEMABLE_COUPON_RESPONSE = describe_answer(
    "CouponRedeemable", "coupons", "coupon", RedeemableCouponOut, RedeemableEcho
)


def show_worth(use: CheckedCoupon) -> dict[str, Any]:
    """Return what a coupon is worth, by its series and for the bill; nothing if it is unknown."""
    if use.coupon is None:
        return {}
    series = use.coupon.series
    return {
        "series_id": str(series.pk),
        "series_code": series.code,
        "description": series.description,
        "discount_code": series.discount_code,
        "discount_type": series.discount_type,
        "discount_value": format_amount(series.discount_value),
        "discount_upto": format_amount(series.discount_upto),
        "is_absolute": format_bool(series.discount_type == series.DiscountType.ABS),
        "coupon_value": None if use.discount is None else format_amount(use.discount),
    }
