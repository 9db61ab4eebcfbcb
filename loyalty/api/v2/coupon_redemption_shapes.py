"""How redeemed coupons read on the wire (v2)."""

from collections.abc import Collection, Mapping
from datetime import tzinfo
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer
from crm.kernel.errors import DomainError
from customers.api.v2.shared_schema import WarningOut
from customers.queries.customers.headings import Heading, list_headings
from loyalty.api.v2.coupon_shapes import ANY_NUMBER, CouponSeriesOut, StatusCodeOut
from loyalty.api.v2.coupon_shapes import build_coupon_series as build_series
from loyalty.operations.coupons.check_bills import CheckedCoupon
from loyalty.queries.coupons.coupons import SeriesDetails

ABSOLUTE = "ABS"
DONE_CODE = 700


class CouponCustomerOut(serializers.Serializer):
    id = serializers.IntegerField()
    firstName = serializers.CharField(allow_blank=True)
    lastName = serializers.CharField(allow_blank=True)
    mobile = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    externalId = serializers.CharField(allow_null=True)


class RedeemableCouponOut(serializers.Serializer):
    code = serializers.CharField()
    isRedeemable = serializers.BooleanField()
    isAbsolute = serializers.BooleanField(help_text="Whether the discount is an amount.")
    redemptionsLeft = serializers.IntegerField(help_text="-1: any number.")
    numberOfRedemptionsByUser = serializers.IntegerField(help_text="Of the whole series.")
    codeNeeded = serializers.BooleanField(help_text="Whether a code must be sent beforehand.")
    itemsNeeded = serializers.BooleanField(
        help_text="Whether a redemption must send the line items: it is good for some only."
    )
    appendedErrorMessage = serializers.CharField(allow_null=True, help_text="Why not.")
    warnings = WarningOut(many=True)
    couponValue = serializers.FloatField(
        required=False, allow_null=True, help_text="With `details`: the discount on the bill."
    )
    id = serializers.IntegerField(required=False, allow_null=True)
    seriesId = serializers.IntegerField(required=False)
    seriesCode = serializers.CharField(required=False)
    discountCode = serializers.CharField(required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    discountType = serializers.CharField(required=False)
    discountValue = serializers.FloatField(required=False)
    discountUpto = serializers.FloatField(required=False)
    validTill = serializers.DateTimeField(required=False, allow_null=True)
    series = CouponSeriesOut(required=False, help_text="With `details=extended`.")


class RedeemableCouponsOut(serializers.Serializer):
    customer = CouponCustomerOut()
    redemption = RedeemableCouponOut(many=True)
    redemptionStatus = StatusCodeOut(help_text="Of all coupons together, on one bill.")
    warnings = WarningOut(many=True)


class RedeemedCouponOut(serializers.Serializer):
    id = serializers.IntegerField(help_text="Of the redemption.")
    code = serializers.CharField()
    discountCode = serializers.CharField(allow_blank=True)
    seriesId = serializers.IntegerField()
    seriesCode = serializers.CharField()
    isAbsolute = serializers.BooleanField(help_text="Whether the discount is an amount.")
    couponValue = serializers.FloatField(
        allow_null=True, help_text="The discount on the bill; null without its amount."
    )
    discountType = serializers.CharField(help_text="ABS or PERC.")
    discountValue = serializers.FloatField()
    discountUpto = serializers.FloatField(help_text="0: no cap.")
    appendedErrorMessage = serializers.CharField(allow_null=True)
    redemptionStatus = StatusCodeOut()
    warnings = WarningOut(many=True)


class RedeemedBillOut(serializers.Serializer):
    redemption = RedeemedCouponOut(many=True)
    redemptionStatus = StatusCodeOut()
    customer = CouponCustomerOut()
    warnings = WarningOut(many=True)


class RedeemedBillResultOut(serializers.Serializer):
    """Empty for a bill that is refused."""

    redemption = RedeemedCouponOut(many=True, required=False)
    redemptionStatus = StatusCodeOut(required=False)
    customer = CouponCustomerOut(required=False)


class RedeemedBillLineOut(serializers.Serializer):
    entityId = serializers.IntegerField(allow_null=True, help_text="The customer's id.")
    result = RedeemedBillResultOut()
    errors = WarningOut(many=True)  # type: ignore[assignment]


class RedeemedBillsOut(serializers.Serializer):
    response = RedeemedBillLineOut(many=True)
    totalCount = serializers.IntegerField()
    failureCount = serializers.IntegerField()
    warnings = WarningOut(many=True)


class ReactivatedOut(serializers.Serializer):
    success = serializers.BooleanField()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


def build_customers(org_id: int, customer_ids: Collection[int]) -> dict[int, Answer]:
    """Return the customers of answers by id; two queries."""
    headings = list_headings(org_id=org_id, customer_ids=customer_ids)
    return {pk: _build_customer(pk, headings.get(pk)) for pk in customer_ids}


def _build_customer(customer_id: int, heading: Heading | None) -> Answer:
    return {
        "id": customer_id,
        "firstName": heading.first_name if heading else "",
        "lastName": heading.last_name if heading else "",
        "mobile": heading.mobile if heading else None,
        "email": heading.email if heading else None,
        "externalId": heading.external_id if heading else None,
    }


def build_done_status(message: str) -> Answer:
    return {"status": True, "code": DONE_CODE, "message": message}


def build_redeemed_coupon(use: CheckedCoupon) -> Answer:
    """Return a coupon that was redeemed."""
    return {
        "id": use.redemption_id,
        "code": use.code,
        **_build_discount(use),
        "couponValue": use.discount,
        "appendedErrorMessage": None,
        "redemptionStatus": build_done_status("The coupon was redeemed."),
        "warnings": [],
    }


def build_redeemable_coupon(
    use: CheckedCoupon,
    refusal: DomainError | None,
    message: str | None,
    *,
    details: str,
    series: Mapping[int, SeriesDetails],
    zone: tzinfo,
) -> Answer:
    """Return what was found out about a code; ``details`` is blank, ``true`` or ``extended``."""
    left = use.redemptions_left
    answer: dict[str, Any] = {
        "code": use.code,
        "isRedeemable": refusal is None,
        "isAbsolute": use.coupon is not None and use.coupon.series.discount_type == ABSOLUTE,
        "redemptionsLeft": (0 if use.coupon is None else ANY_NUMBER) if left is None else left,
        "numberOfRedemptionsByUser": use.redemptions_of_user,
        "codeNeeded": use.needs_code,
        "itemsNeeded": use.needs_items,
        "appendedErrorMessage": message,
        "warnings": [],
    }
    if details and use.coupon is not None:
        answer |= {
            "id": use.coupon.pk,
            **_build_discount(use),
            "description": use.coupon.series.description,
            "couponValue": use.discount,
            "validTill": use.coupon.expires_at,
        }
        if details == "extended":
            answer["series"] = build_series(series[use.coupon.series_id], zone)
    return answer


def _build_discount(use: CheckedCoupon) -> Answer:
    series = use.get_coupon().series
    return {
        "discountCode": series.discount_code,
        "seriesId": series.pk,
        "seriesCode": series.code,
        "isAbsolute": series.discount_type == ABSOLUTE,
        "discountType": series.discount_type,
        "discountValue": series.discount_value,
        "discountUpto": series.discount_upto,
    }
