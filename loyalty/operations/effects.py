"""Side effects of registrations and updates: run with the write, or recorded and run once later."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, transaction

from crm.audit.models import Event
from crm.kernel.bulk import bulk_insert, bulk_update, take_ids
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import CustomersById
from loyalty import notices
from loyalty.models import Effect
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupons
from loyalty.operations.enrollments.enroll import EnrollmentResult, enroll_customers
from loyalty.operations.referrals.credit import credit_referrals, list_referrer_ids
from loyalty.queries.programs import get_programs
from loyalty.rules.effects import (
    AwardedCoupon,
    AwardedPoints,
    EffectRequest,
    EffectResult,
    get_retry_delay,
    read_enrollment_requests,
    read_result,
)
from loyalty.rules.enrollments import EnrollmentRequest

# The request that recorded an effect runs it; the worker waits this long before it takes over.
GRACE_PERIOD = timedelta(minutes=1)
EFFECTS_AT_ONCE = 200

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class EffectOutcome:
    """The outcome of an effect; one that is not done is retried later."""

    effect_id: int
    customer_id: int
    is_done: bool = False
    result: EffectResult = field(default_factory=EffectResult)


@within_unit_of_work
def record_effects(*, origin: Origin, requests: Sequence[EffectRequest]) -> list[int]:
    """Record side effects in the unit of work of the write; return their ids, in order."""
    if not requests:
        return []
    ids = list(take_ids(Effect, len(requests)))
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
                request.customer_id,
                request.kind,
                request.payload(),
                origin.actor_id,
                origin.at,
                Effect.State.WAITING.value,
                request.due_at or origin.at + GRACE_PERIOD,
                0,
                "",
            )
            for pk, request in zip(ids, requests, strict=True)
        ],
    )
    return ids


@within_unit_of_work
def run_new_effects(
    *, origin: Origin, requests: Sequence[EffectRequest], newcomers: CustomersById
) -> list[EffectResult] | None:
    """Run effects of customers whom this unit of work has created, without recording them.

    Return the results in order, or None if that failed: then nothing is changed, and the caller
    records the effects. Referrals are not credited, as referrers are customers of other units.
    """
    try:
        with transaction.atomic():
            results = _enroll_and_welcome(
                origin,
                [(n, order.customer_id, order.payload()) for n, order in enumerate(requests)],
                newcomers,
            )
    except Exception:
        log.exception("effects_failed", customers=[order.customer_id for order in requests])
        return None
    return list(results.values())


@within_unit_of_work
def run_effects(*, origin: Origin, effect_ids: Sequence[int]) -> list[EffectOutcome]:
    """Run these effects unless they are done; return one outcome for each, in key order.

    All are run together; if that fails, each is run on its own. An effect that fails on its own
    changes nothing but its failure reason and its due date.
    """
    rows = Effect.objects.filter(pk__in=effect_ids, org_id=origin.org.pk)
    # Lock the customers and their referrers first, as everywhere: a concurrent merge may move
    # their effects.
    payloads = dict(rows.values_list("customer_id", "payload"))
    lock_customers({*payloads, *list_referrer_ids(payloads.values())})
    effects = list(rows.order_by("pk").select_for_update())
    outcomes = {effect.pk: EffectOutcome(effect.pk, effect.customer_id) for effect in effects}
    waiting = [effect for effect in effects if effect.state == Effect.State.WAITING]
    if not _try_effects(origin, waiting):
        for effect in waiting:
            _try_effects(origin, [effect])
    for effect in effects:
        if effect.result is not None:
            outcomes[effect.pk].is_done = True
            outcomes[effect.pk].result = read_result(effect.result)
    return list(outcomes.values())


@within_unit_of_work
def retry_effects(*, now: datetime, at_most: int = EFFECTS_AT_ONCE) -> int:
    """Run the due effects of one organization; return their number."""
    due_effects = Effect.objects.filter(state=Effect.State.WAITING, due_at__lte=now)
    rows = list(due_effects.order_by("due_at", "id").values_list("org_id", "id")[:at_most])
    if not rows:
        return 0
    org = Organization.objects.get(pk=rows[0][0])
    outcomes = run_effects(
        origin=Origin(org=org, actor_id=None, door=Event.Door.WORKER, at=now),
        effect_ids=[pk for org_id, pk in rows if org_id == org.pk],
    )
    return len(outcomes)


def _try_effects(origin: Origin, effects: Sequence[Effect]) -> bool:
    """Run the effects together; return False if that failed and was rolled back."""
    try:
        with transaction.atomic():
            for actor_id, group in groupby(
                sorted(effects, key=lambda e: (e.recorded_by_id or 0, e.pk)),
                key=lambda e: e.recorded_by_id,
            ):
                _run_effects(replace(origin, actor_id=actor_id), list(group))
    except (OperationalError, InterfaceError):
        # A deadlock, or no database: the whole unit of work is retried.
        raise
    except Exception as failure:
        log.exception("effects_failed", effects=[effect.pk for effect in effects])
        if len(effects) == 1:
            _postpone_effect(effects[0], failure, origin.at)
        return False
    return True


def _run_effects(origin: Origin, effects: Collection[Effect]) -> None:
    results = _enroll_and_welcome(
        origin, [(effect.pk, effect.customer_id, effect.payload) for effect in effects]
    )
    for effect_id, effect_notices in credit_referrals(origin=origin, effects=[*effects]).items():
        results[effect_id].notices += effect_notices
    for effect in effects:
        effect.state, effect.done_at = Effect.State.DONE.value, origin.at
        effect.result = results[effect.pk].as_json()
        effect.attempts += 1
    bulk_update(
        Effect,
        ("state", "done_at", "result", "attempts"),
        [(e.pk, e.state, e.done_at, e.result, e.attempts) for e in effects],
    )


def _enroll_and_welcome(
    origin: Origin,
    effects: Iterable[tuple[int, int, Mapping[str, Any]]],
    newcomers: CustomersById | None = None,
) -> dict[int, EffectResult]:
    """Enroll the customers, with bonus and welcome coupon; return the results by key.

    An effect is its key, its customer and its payload.
    """
    default_id = next((p.id for p in get_programs(origin.org.pk).values() if p.is_default), None)
    results: dict[int, EffectResult] = {}
    requests: list[tuple[int, EnrollmentRequest]] = []
    for key, customer_id, payload in effects:
        results[key] = EffectResult()
        requests += (
            (key, request)
            for request in read_enrollment_requests(
                payload, customer_id=customer_id, default_id=default_id
            )
        )
    enrollment_results = enroll_customers(
        origin=origin,
        enrollment_requests=[request for _, request in requests],
        newcomers=newcomers,
    )
    for (key, request), outcome in zip(requests, enrollment_results, strict=True):
        if request.is_explicit or outcome.is_new or outcome.refusal is not None:
            _add_enrollment_result(origin, results[key], request.program_id, outcome)
    _issue_welcome_coupons(origin, requests, enrollment_results, results, newcomers)
    return results


def _add_enrollment_result(
    origin: Origin, result: EffectResult, program_id: int | None, outcome: EnrollmentResult
) -> None:
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


def _issue_welcome_coupons(
    origin: Origin,
    requests: Sequence[tuple[int, EnrollmentRequest]],
    enrollment_results: Sequence[EnrollmentResult],
    results: Mapping[int, EffectResult],
    newcomers: CustomersById | None,
) -> None:
    """Issue the welcome coupons of the programs to new customers; refusals become notices."""
    programs = get_programs(origin.org.pk)
    welcomed = [
        (key, programs[outcome.program_id], request.customer_id)
        for (key, request), outcome in zip(requests, enrollment_results, strict=True)
        if request.earns_bonus and outcome.is_new and outcome.program_id is not None
        if programs[outcome.program_id].welcome_series_id is not None
    ]
    if not welcomed:
        return
    coupons = issue_coupons(
        origin=origin,
        requests=[
            CouponIssueRequest(series_id=program.welcome_series_id or 0, customer_id=customer_id)
            for _, program, customer_id in welcomed
        ],
        newcomers=newcomers,
    )
    for (key, program, _), issued in zip(welcomed, coupons, strict=True):
        if issued.refusal is not None or issued.coupon_id is None or issued.series is None:
            reason = issued.refusal.code if issued.refusal else ""
            results[key].notices.append(Notice(notices.COUPON_NOT_GIVEN, reason=reason))
            continue
        results[key].coupons.append(
            AwardedCoupon(
                coupon_id=issued.coupon_id,
                code=issued.code,
                description=issued.series.description,
                discount_code=issued.series.discount_code,
                program_id=program.id,
                awarded_at=origin.at,
                expires_at=issued.expires_at,
            )
        )


def _postpone_effect(effect: Effect, failure: Exception, now: datetime) -> None:
    effect.refresh_from_db()
    Effect.objects.filter(pk=effect.pk).update(
        attempts=effect.attempts + 1,
        failure=f"{type(failure).__name__}: {failure}"[:255].replace("\x00", ""),
        due_at=now + get_retry_delay(effect.attempts + 1),
    )
