"""Side effects of registering and updating: noted with the write, run exactly once after it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.db import OperationalError, transaction

from crm.audit.models import Event
from crm.kernel.bulk import bulk_insert, bulk_update, take_ids
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.operations.locking import lock_customers
from loyalty import notices
from loyalty.models import CouponSeries, Effect
from loyalty.operations.crediting_referrals import credit_referrals, referrers_in
from loyalty.operations.enrolling import Enrolled, enroll_customers
from loyalty.operations.issuing_coupons import CouponIssue, issue_coupons
from loyalty.queries.programs import get_programs
from loyalty.rules.effects import (
    AwardedCoupon,
    AwardedPoints,
    EffectOrder,
    EffectResult,
    pause_after,
    read_joinings,
    read_result,
)
from loyalty.rules.enrolling import Joining

# The request that noted an effect runs it itself; the worker gives it time to.
GRACE = timedelta(minutes=1)
EFFECTS_AT_ONCE = 200

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class EffectOutcome:
    """What became of an effect; one that is not done is tried again later."""

    effect_id: int
    customer_id: int
    is_done: bool = False
    result: EffectResult = field(default_factory=EffectResult)


@within_unit_of_work
def record_effects(*, origin: Origin, orders: Sequence[EffectOrder]) -> list[int]:
    """Note what loyalty has to do, in the unit of the write itself; return the keys, in order."""
    ids = list(take_ids(Effect, len(orders)))
    bulk_insert(
        Effect,
        (
            "id",
            "org_id",
            "customer_id",
            "kind",
            "payload",
            "recorded_by_id",
            "recorded_at",
            "state",
            "due_at",
            "attempts",
            "failure",
        ),
        [
            (
                pk,
                origin.org.pk,
                order.customer_id,
                order.kind,
                order.payload(),
                origin.actor_id,
                origin.at,
                Effect.State.WAITING.value,
                order.due_at or origin.at + GRACE,
                0,
                "",
            )
            for pk, order in zip(ids, orders, strict=True)
        ],
    )
    return ids


@within_unit_of_work
def run_effects(*, origin: Origin, effect_ids: Sequence[int]) -> list[EffectOutcome]:
    """Run these effects unless they are done; one outcome for each that there is, in key order.

    All of them are tried at once, and one by one when that fails; one that fails by itself leaves
    nothing behind but the reason and a later date.
    """
    rows = Effect.objects.filter(pk__in=effect_ids, org_id=origin.org.pk)
    # Customers first, as everywhere, and those who brought them: a merge that is going on moves
    # their effects.
    concerned = dict(rows.values_list("customer_id", "payload"))
    lock_customers({*concerned, *referrers_in(concerned.values())})
    effects = list(rows.order_by("pk").select_for_update())
    outcomes = {effect.pk: EffectOutcome(effect.pk, effect.customer_id) for effect in effects}
    waiting = [effect for effect in effects if effect.state == Effect.State.WAITING]
    if not _try(origin, waiting):
        for effect in waiting:
            _try(origin, [effect])
    for effect in effects:
        if effect.result is not None:
            outcomes[effect.pk].is_done = True
            outcomes[effect.pk].result = read_result(effect.result)
    return list(outcomes.values())


@within_unit_of_work
def retry_effects(*, now: datetime, at_most: int = EFFECTS_AT_ONCE) -> int:
    """Run what is due and was not done, of one organization; say how many were tried."""
    due = Effect.objects.filter(state=Effect.State.WAITING, due_at__lte=now)
    rows = list(due.order_by("due_at", "id").values_list("org_id", "id")[:at_most])
    if not rows:
        return 0
    org = Organization.objects.get(pk=rows[0][0])
    outcomes = run_effects(
        origin=Origin(org=org, actor_id=None, door=Event.Door.WORKER, at=now),
        effect_ids=[pk for org_id, pk in rows if org_id == org.pk],
    )
    return len(outcomes)


def _try(origin: Origin, effects: Sequence[Effect]) -> bool:
    """Run the effects together; False when that failed, and then nothing of it is left."""
    try:
        with transaction.atomic():
            for actor_id, some in groupby(
                sorted(effects, key=lambda e: (e.recorded_by_id or 0, e.pk)),
                key=lambda e: e.recorded_by_id,
            ):
                _run(replace(origin, actor_id=actor_id), list(some))
    except OperationalError:
        # A deadlock, or the database is gone: the unit as a whole is run again.
        raise
    except Exception as failure:
        log.exception("effects_failed", effects=[effect.pk for effect in effects])
        if len(effects) == 1:
            _rest(effects[0], failure, origin.at)
        return False
    return True


def _run(origin: Origin, effects: Collection[Effect]) -> None:
    default = next((p.id for p in get_programs(origin.org.pk).values() if p.is_default), None)
    asked = [
        (effect, joining)
        for effect in effects
        for joining in read_joinings(
            effect.payload, customer_id=effect.customer_id, default_id=default
        )
    ]
    enrolled = enroll_customers(origin=origin, joinings=[joining for _, joining in asked])
    results = {effect.pk: EffectResult() for effect in effects}
    for (effect, joining), outcome in zip(asked, enrolled, strict=True):
        if joining.is_asked_for or outcome.is_new or outcome.refusal is not None:
            _note(origin, results[effect.pk], joining.program_id, outcome)
    _give_welcome_coupons(origin, asked, enrolled, results)
    for effect_id, said in credit_referrals(origin=origin, effects=[*effects]).items():
        results[effect_id].notices += said
    for effect in effects:
        effect.state, effect.done_at = Effect.State.DONE.value, origin.at
        effect.result = results[effect.pk].as_json()
        effect.attempts += 1
    bulk_update(
        Effect,
        ("state", "done_at", "result", "attempts"),
        [(e.pk, e.state, e.done_at, e.result, e.attempts) for e in effects],
    )


def _note(origin: Origin, result: EffectResult, program_id: int | None, outcome: Enrolled) -> None:
    result.notices += outcome.notices
    if outcome.refusal is not None:
        result.notices.append(
            Notice(notices.ENROLLMENT_REFUSED, program_id=program_id, reason=outcome.refusal.code)
        )
    if outcome.bonus is not None and outcome.program_id is not None:
        result.points.append(
            AwardedPoints(
                outcome.bonus.points, outcome.program_id, origin.at, outcome.bonus.expires_at
            )
        )


def _give_welcome_coupons(
    origin: Origin,
    asked: Sequence[tuple[Effect, Joining]],
    enrolled: Sequence[Enrolled],
    results: Mapping[int, EffectResult],
) -> None:
    """Give newcomers the coupon of each program that greets with one; the refused are noticed."""
    programs = get_programs(origin.org.pk)
    greeted = [
        (effect, programs[outcome.program_id])
        for (effect, joining), outcome in zip(asked, enrolled, strict=True)
        if joining.earns_bonus and outcome.is_new and outcome.program_id is not None
        if programs[outcome.program_id].welcome_series_id is not None
    ]
    wishes = [
        CouponIssue(series_id=program.welcome_series_id or 0, customer_id=effect.customer_id)
        for effect, program in greeted
    ]
    series = CouponSeries.objects.in_bulk({wish.series_id for wish in wishes})
    for (effect, program), wish, issued in zip(
        greeted, wishes, issue_coupons(origin=origin, wishes=wishes), strict=True
    ):
        result = results[effect.pk]
        if issued.refusal is not None or issued.coupon_id is None:
            reason = issued.refusal.code if issued.refusal else ""
            result.notices.append(Notice(notices.COUPON_NOT_GIVEN, reason=reason))
            continue
        result.coupons.append(
            AwardedCoupon(
                coupon_id=issued.coupon_id,
                code=issued.code,
                description=series[wish.series_id].description,
                discount_code=series[wish.series_id].discount_code,
                program_id=program.id,
                awarded_at=origin.at,
                expires_at=issued.expires_at,
            )
        )


def _rest(effect: Effect, failure: Exception, now: datetime) -> None:
    effect.refresh_from_db()
    Effect.objects.filter(pk=effect.pk).update(
        attempts=effect.attempts + 1,
        failure=f"{type(failure).__name__}: {failure}"[:255].replace("\x00", ""),
        due_at=now + pause_after(effect.attempts + 1),
    )
