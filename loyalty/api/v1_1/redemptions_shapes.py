"""The answer of `customer/redemptions` in v1.1."""

from collections.abc import Sequence
from typing import Any

from crm.dialects.answer_shapes import Shape, argument, computed, if_none
from crm.dialects.v1_1.answer_fields import (
    OPTIONAL,
    amount_text,
    listed,
    number_text,
    optional_text,
)
from crm.dialects.v1_1.body_schema import describe_one_or_many
from customers.api.v1_1.customer_shapes import CustomerLookupOut, IdentifiersOut, NamesOut
from loyalty.queries.redemptions import CustomerRedemptions


def _count_rows(redemptions: CustomerRedemptions) -> str:
    return str(len(redemptions.coupons) + len(redemptions.points))


def _get_first_id(lines: Sequence[Any]) -> str:
    return str(lines[0].id) if lines else ""


class RedeemedCouponOut(Shape):
    id = number_text("id", **OPTIONAL)
    code = optional_text()
    series_id = number_text("series_id", **OPTIONAL)
    description = optional_text()
    discount_code = optional_text()
    discount_type = optional_text()
    transaction_number = optional_text()
    redeemed_time = optional_text(source="redeemed_at")
    redeemed_at = if_none(optional_text(source="redeemed_in.name"), "")


class RedeemedPointsOut(Shape):
    id = number_text("id", **OPTIONAL)
    points_redeemed = amount_text("points", **OPTIONAL)
    transaction_number = optional_text()
    redeemed_time = optional_text(source="redeemed_at")
    redeemed_at = if_none(optional_text(source="redeemed_in.name"), "")


class RedemptionListsOut(Shape):
    coupons = listed("coupon", RedeemedCouponOut, source="coupons", required=False)
    points = listed("point", RedeemedPointsOut, source="points", required=False)


class RedemptionsOut(IdentifiersOut, NamesOut):
    rows = argument(computed(optional_text(source="*"), _count_rows), "redemptions")
    coupons_count = argument(number_text("coupons_count", **OPTIONAL), "redemptions")
    points_count = argument(number_text("points_count", **OPTIONAL), "redemptions")
    coupons_start_id = argument(
        computed(optional_text(source="coupons"), _get_first_id), "redemptions"
    )
    points_start_id = argument(
        computed(optional_text(source="points"), _get_first_id), "redemptions"
    )
    redemptions = argument(RedemptionListsOut(source="*"), "redemptions")


REDEMPTIONS = describe_one_or_many(
    "Redemptions", "customers", "customer", RedemptionsOut, CustomerLookupOut
)
