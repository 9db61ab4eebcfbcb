"""What loyalty did for a registration or an update, as the answer shows it."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import DatabaseError
from rest_framework import serializers

from crm.dialects.headers import flag
from crm.dialects.v2.views import V2View
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from loyalty import notices
from loyalty.operations.effects import EffectOutcome, run_effects
from loyalty.rules.effects import AwardedCoupon, AwardedPoints, EffectResult

Answer = dict[str, Any]

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


def waits(view: V2View, query: Mapping[str, Any]) -> bool:
    """Whether the caller wants side effects in the answer; else a worker runs them."""
    if query.get("use_async") or flag(view.request, "X-CAP-DIRECT-REPLAY", default=False):
        return False
    return flag(view.request, "WAIT_FOR_DOWNSTREAM", default=True)


def with_side_effects(
    view: V2View, done: Mapping[str, Any], *, waits: bool, raw: bool = False
) -> Answer:
    """Run the effect of a write in a unit of its own, and complete the answer with what came of it.

    ``done`` is the write's own answer with ``effect``, the key of what loyalty has to do. When it
    fails the write stands: a warning (19223) tells, and a worker tries again.
    """
    answer = {name: value for name, value in done.items() if name != "effect"}
    answer["sideEffects"] = []
    if done["effect"] is None or not waits:
        return answer
    outcome = _run(view, done["effect"])
    if outcome is None or not outcome.is_done:
        said = [Notice(notices.EFFECTS_WAITING)]
    else:
        said = outcome.result.notices
        answer["sideEffects"] = _shown(outcome.result, raw)
    answer["warnings"] = [*answer["warnings"], *view.warnings(said)]
    return answer


def _run(view: V2View, effect_id: int) -> EffectOutcome | None:
    try:
        [outcome] = unit_of_work(run_effects)(origin=view.origin, effect_ids=[effect_id])
    except DatabaseError:
        log.exception("effects_failed", effects=[effect_id])
        return None
    return outcome


def _shown(result: EffectResult, raw: bool) -> list[Answer]:
    return [_points(given, raw) for given in result.points] + [
        _coupon(given, raw) for given in result.coupons
    ]


def _points(given: AwardedPoints, raw: bool) -> Answer:
    answer: Answer = {"awardedPoints": float(given.points), "type": "points"}
    return answer | _raw(given) if raw else answer


def _coupon(given: AwardedCoupon, raw: bool) -> Answer:
    answer: Answer = {
        "id": given.coupon_id,
        "couponType": "PE",
        "couponCode": given.code,
        "validTill": given.expires_at,
        "description": given.description,
        "discountCode": given.discount_code,
        "trimmedCouponCode": given.code,
        "type": "coupon",
    }
    return answer | _raw(given) if raw else answer


def _raw(given: AwardedPoints | AwardedCoupon) -> Answer:
    return {
        "awardedOn": given.awarded_at,
        "expiryDate": given.expires_at,
        # The program is the one strategy there is.
        "strategyId": given.program_id,
        "programId": given.program_id,
    }
