"""The lease of a run: take it, renew it with every chunk, release it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce

from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.turns import build_queued_values, new_token, queue_turn
from crm.runs.work_kinds import Progress

# Longer than any chunk takes on a busy machine; also the wait after a machine died.
LEASE_DURATION = timedelta(seconds=60)


class LeaseLost(Exception):
    """Another worker has the run, or it was cancelled: the unit of work must be rolled back."""


@within_unit_of_work
def take_lease(*, run_id: int, ticket: str, holder: str, now: datetime) -> Run | None:
    """Take the lease with a new token; None when the ticket is no longer valid."""
    token = new_token()
    is_taken = Run.objects.with_lease(run_id=run_id, token=ticket).update(
        state=Case(When(state=Run.State.QUEUED, then=Value(Run.State.RUNNING)), default=F("state")),
        started_at=Coalesce("started_at", Value(now)),
        lease_token=token,
        lease_until=now + LEASE_DURATION,
        held_by=holder,
    )
    return Run.objects.select_related("org").get(pk=run_id) if is_taken else None


@within_unit_of_work
def advance_run(*, run_id: int, token: str, progress: Progress, rate: float, now: datetime) -> None:
    """Move the resume point in the unit of the chunk, and renew the lease.

    Raises:
        LeaseLost: the run was taken over or cancelled.
    """
    new_values: dict[str, Any] = {
        "step": progress.step,
        "total": progress.total,
        "result": progress.result,
    }
    is_updated = (
        Run.objects.with_lease(run_id=run_id, token=token)
        .filter(state=Run.State.RUNNING)
        .update(
            done=F("done") + progress.done,
            resume_point=progress.resume_point,
            rate=rate,
            advanced_at=now,
            lease_until=now + LEASE_DURATION,
            attempts=0,
            failure="",
            **{name: value for name, value in new_values.items() if value is not None},
        )
    )
    if not is_updated:
        raise LeaseLost(run_id)


@within_unit_of_work
def requeue_run(*, run_id: int, token: str, now: datetime) -> bool:
    """Release the lease and queue the run for another turn; False when the lease is lost."""
    ticket = new_token()
    is_released = Run.objects.with_lease(run_id=run_id, token=token).update(
        **build_queued_values(ticket=ticket, now=now)
    )
    if is_released:
        queue_turn(run_id=run_id, ticket=ticket)
    return bool(is_released)
