"""Points and coupons that a batch awarded, as v1.1 answers them."""

from collections.abc import Sequence
from typing import Any

import structlog
from django.db import Error

from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers.api.v1_1.customer_heading import format_amount
from loyalty import notices
from loyalty.operations.effects import EffectOutcome, run_effects
from loyalty.queries.enrollments.current_tiers import LoyaltyBalances
from loyalty.rules.effects import AwardedCoupon, AwardedPoints, EffectResult

log = structlog.get_logger(__name__)

Answer = dict[str, Any]


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


def side_effects_answer(results: Sequence[EffectResult], balances: LoyaltyBalances) -> Answer:
    """Return the awarded points and coupons. ``total_points`` is the balance after all of them."""
    return {
        "effect": [
            *(_points_answer(award, balances) for result in results for award in result.points),
            *(_coupon_answer(award) for result in results for award in result.coupons),
        ]
    }


def _run_effects(view: V11View, effect_ids: Sequence[int]) -> list[EffectOutcome]:
    try:
        return unit_of_work(run_effects)(origin=view.origin, effect_ids=effect_ids)
    except Error:
        log.exception("effects_failed", effects=effect_ids)
        return []


def _points_answer(award: AwardedPoints, balances: LoyaltyBalances) -> Answer:
    return {
        "type": "points",
        "awarded_points": format_amount(award.points),
        "total_points": format_amount(balances.points),
    }


def _coupon_answer(award: AwardedCoupon) -> Answer:
    return {
        "type": "coupon",
        "coupon_code": award.code,
        "description": award.description,
        "coupon_type": "CAMPAIGN/DVS",
        "discount_code": award.discount_code,
        # The series defines the value of a welcome coupon.
        "discount_value": None,
        "valid_till": award.expires_at,
        "id": str(award.coupon_id),
    }
