"""What loyalty did for the items of a batch, as v1.1 shows it."""

from collections.abc import Sequence
from typing import Any

import structlog
from django.db import DatabaseError

from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers.api.v1_1.heading import amount
from loyalty import notices
from loyalty.operations.effects import EffectOutcome, run_effects
from loyalty.queries.standing import Standing
from loyalty.rules.effects import AwardedCoupon, AwardedPoints, EffectResult

log = structlog.get_logger(__name__)

Answer = dict[str, Any]


def run_side_effects(view: V11View, effect_ids: Sequence[int]) -> dict[int, EffectResult]:
    """Run effects in a unit of their own; what is not done yet comes back as a notice (19223).

    The customers stand either way: a worker tries again.
    """
    waiting = EffectResult(notices=[Notice(notices.EFFECTS_WAITING)])
    results = dict.fromkeys(effect_ids, waiting)
    for outcome in _run(view, effect_ids) if effect_ids else ():
        if outcome.is_done:
            results[outcome.effect_id] = outcome.result
    return results


def side_effects_answer(results: Sequence[EffectResult], standing: Standing) -> Answer:
    """Return points and coupons given; ``total_points`` is the balance after all of them."""
    return {
        "effect": [
            *(_points(given, standing) for result in results for given in result.points),
            *(_coupon(given) for result in results for given in result.coupons),
        ]
    }


def _run(view: V11View, effect_ids: Sequence[int]) -> list[EffectOutcome]:
    try:
        return unit_of_work(run_effects)(origin=view.origin, effect_ids=effect_ids)
    except DatabaseError:
        log.exception("effects_failed", effects=effect_ids)
        return []


def _points(given: AwardedPoints, standing: Standing) -> Answer:
    return {
        "type": "points",
        "awarded_points": amount(given.points),
        "total_points": amount(standing.points),
    }


def _coupon(given: AwardedCoupon) -> Answer:
    return {
        "type": "coupon",
        "coupon_code": given.code,
        "description": given.description,
        "coupon_type": "CAMPAIGN/DVS",
        "discount_code": given.discount_code,
        # A welcome coupon's worth is its series' own.
        "discount_value": None,
        "valid_till": given.expires_at,
        "id": str(given.coupon_id),
    }
