"""Side effects of registrations and updates: run them and add them to the answer."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import Error
from rest_framework import serializers

from crm.dialects.headers import read_flag
from crm.dialects.v2.views import V2View
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from loyalty import notices
from loyalty.operations.effects import EffectOutcome, run_effects
from loyalty.rules.effects import AwardedCoupon, AwardedPoints, EffectResult, read_result

Answer = dict[str, Any]
_EFFECT_KEYS = ("effect", "effectResult")

log = structlog.get_logger(__name__)


class SideEffectOut(serializers.Serializer):
    """For the API page only: points, or a coupon with the keys of one."""

    type = serializers.ChoiceField(["points", "coupon"])
    awardedPoints = serializers.FloatField(required=False)
    id = serializers.IntegerField(required=False)
    couponType = serializers.CharField(required=False)
    couponCode = serializers.CharField(required=False)
    trimmedCouponCode = serializers.CharField(required=False)
    validTill = serializers.DateTimeField(required=False, allow_null=True)
    description = serializers.CharField(required=False)
    discountCode = serializers.CharField(required=False)
    awardedOn = serializers.DateTimeField(required=False)
    expiryDate = serializers.DateTimeField(required=False, allow_null=True)
    strategyId = serializers.IntegerField(required=False)
    programId = serializers.IntegerField(required=False)


def should_wait(view: V2View, query: Mapping[str, Any]) -> bool:
    """Whether to run side effects in the request; else a worker runs them."""
    if query.get("use_async") or read_flag(view.request, "X-CAP-DIRECT-REPLAY", default=False):
        return False
    return read_flag(view.request, "WAIT_FOR_DOWNSTREAM", default=True)


def add_side_effects(
    view: V2View, result: Mapping[str, Any], *, wait: bool, raw: bool = False
) -> Answer:
    """Run the effect of a write in its own unit of work, and add the outcome to the answer.

    ``result`` is the answer of the write, with the id of the effect under ``effect``, or the result
    of one that has run already under ``effectResult``. If the effect fails, the write stays saved:
    warning 19223 is added, and a worker retries.
    """
    answer = {name: value for name, value in result.items() if name not in _EFFECT_KEYS}
    answer["sideEffects"] = []
    if stored := result.get("effectResult"):
        return _add_result(view, answer, read_result(stored), raw=raw)
    if result["effect"] is None or not wait:
        return answer
    outcome = _run_effect(view, result["effect"])
    if outcome is None or not outcome.is_done:
        return _add_result(view, answer, EffectResult(notices=[Notice(notices.EFFECTS_WAITING)]))
    return _add_result(view, answer, outcome.result, raw=raw)


def _add_result(view: V2View, answer: Answer, result: EffectResult, *, raw: bool = False) -> Answer:
    answer["sideEffects"] = _effects_answer(result, raw)
    answer["warnings"] = [*answer["warnings"], *view.warnings(result.notices)]
    return answer


def _run_effect(view: V2View, effect_id: int) -> EffectOutcome | None:
    try:
        [outcome] = unit_of_work(run_effects)(origin=view.origin, effect_ids=[effect_id])
    except Error:
        log.exception("effects_failed", effects=[effect_id])
        return None
    return outcome


def _effects_answer(result: EffectResult, raw: bool) -> list[Answer]:
    return [_points_answer(award, raw) for award in result.points] + [
        _coupon_answer(award, raw) for award in result.coupons
    ]


def _points_answer(award: AwardedPoints, raw: bool) -> Answer:
    answer: Answer = {"awardedPoints": float(award.points), "type": "points"}
    return answer | _raw_answer(award) if raw else answer


def _coupon_answer(award: AwardedCoupon, raw: bool) -> Answer:
    answer: Answer = {
        "id": award.coupon_id,
        "couponType": "PE",
        "couponCode": award.code,
        "validTill": award.expires_at,
        "description": award.description,
        "discountCode": award.discount_code,
        "trimmedCouponCode": award.code,
        "type": "coupon",
    }
    return answer | _raw_answer(award) if raw else answer


def _raw_answer(award: AwardedPoints | AwardedCoupon) -> Answer:
    return {
        "awardedOn": award.awarded_at,
        "expiryDate": award.expires_at,
        # A program has no strategies; its id stands for one.
        "strategyId": award.program_id,
        "programId": award.program_id,
    }
