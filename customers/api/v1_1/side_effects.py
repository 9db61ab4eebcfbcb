"""Award the points and coupons of a batch."""

from collections.abc import Sequence

import structlog
from django.db import Error

from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from loyalty import notices
from loyalty.operations.effects import EffectOutcome, run_effects
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
