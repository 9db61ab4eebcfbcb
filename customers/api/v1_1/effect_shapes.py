"""Points and coupons that a write awarded, in v1.1 answers."""

from collections.abc import Sequence

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, constant
from crm.dialects.v1_1.answer_fields import amount_text, number_text
from crm.dialects.v1_1.body_schema import describe_either
from loyalty.queries.enrollments.current_tiers import LoyaltyBalances
from loyalty.rules.effects import EffectResult

TYPES = ["points", "coupon"]


class PointsEffectOut(Shape):
    type = constant(serializers.ChoiceField(TYPES), "points")
    awarded_points = amount_text("points")
    # The balance after all effects.
    total_points = argument(amount_text("points"), "balances")


class CouponEffectOut(Shape):
    type = constant(serializers.ChoiceField(TYPES), "coupon")
    coupon_code = serializers.CharField(source="code")
    description = serializers.CharField()
    coupon_type = constant(serializers.CharField(), "CAMPAIGN/DVS")
    discount_code = serializers.CharField()
    # The series defines the value of a welcome coupon.
    discount_value = constant(serializers.CharField(allow_null=True), None)
    valid_till = serializers.CharField(source="expires_at", allow_null=True)
    id = number_text("coupon_id")


class EffectsOut(serializers.Serializer):
    effect = describe_either("EffectOut", PointsEffectOut, CouponEffectOut)(many=True)


def build_effects(results: Sequence[EffectResult], balances: LoyaltyBalances) -> Answer:
    """Return the awarded points and coupons."""
    points = (award for result in results for award in result.points)
    coupons = (award for result in results for award in result.coupons)
    return {
        "effect": [
            *(PointsEffectOut.build(award, balances=balances) for award in points),
            *(CouponEffectOut.build(award) for award in coupons),
        ]
    }
