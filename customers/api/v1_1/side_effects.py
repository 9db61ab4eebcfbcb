"""Points and coupons that writes of a batch award, in v1.1: run the effects, and show them."""

from collections.abc import Sequence

import structlog
from django.db import Error
from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, constant
from crm.dialects.v1_1.answer_fields import amount_text, number_text
from crm.dialects.v1_1.body_schema import describe_either
from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from loyalty import notices
from loyalty.operations.effects import EffectOutcome, run_effects
from loyalty.queries.enrollments.current_tiers import LoyaltyBalances
from loyalty.rules.effects import EffectResult

log = structlog.get_logger(__name__)


def run_side_effects(view: V11View, effect_ids: Sequence[int]) -> dict[int, EffectResult]:
    """Run effects in their own unit of work. An effect that did not finish returns notice 19223.

    The customers are saved either way; a worker retries the effects.
    """
    waiting = EffectResult(notices=[Notice(notices.EFFECTS_WAITING)])
    results = dict.fromkeys(effect_ids, waiting)
    for outcome in _run_effects(view, effect_ids) if effect_ids else ():
        if outcome.is_done:
            results[outcome.effect_id] = outcome.result
    return results


def _run_effects(view: V11View, effect_ids: Sequence[int]) -> list[EffectOutcome]:
    try:
        return unit_of_work(run_effects)(origin=view.origin, effect_ids=effect_ids)
    except Error:
        log.exception("effects_failed", effects=effect_ids)
        return []


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
