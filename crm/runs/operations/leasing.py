"""Holding a run: taking it, moving it on with every chunk, handing it on."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce

from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.queueing import new_token, queue_turn, waiting_for_turn
from crm.runs.work import Progress

# Longer than any chunk takes on a busy machine; the wait after a whole machine died.
LEASE = timedelta(seconds=60)


class LeaseLost(Exception):
    """Somebody else has the run now, or it is to end: the unit must be undone."""


@within_unit_of_work
def take_lease(*, run_id: int, ticket: str, holder: str, now: datetime) -> Run | None:
    """Hold the run with a token of its own; None when the ticket is no longer good."""
    token = new_token()
    taken = Run.objects.held_with(run_id=run_id, token=ticket).update(
        state=Case(When(state=Run.State.QUEUED, then=Value(Run.State.RUNNING)), default=F("state")),
        started_at=Coalesce("started_at", Value(now)),
        lease_token=token,
        lease_until=now + LEASE,
        held_by=holder,
    )
    return Run.objects.select_related("org").get(pk=run_id) if taken else None


@within_unit_of_work
def advance(*, run_id: int, token: str, progress: Progress, rate: float, now: datetime) -> None:
    """Move the resume point, in the unit that did what it counts, and renew the lease.

    Raises:
        LeaseLost: the run was taken over, or somebody cancelled it.
    """
    said: dict[str, Any] = {
        "step": progress.step,
        "total": progress.total,
        "result": progress.result,
    }
    moved = (
        Run.objects.held_with(run_id=run_id, token=token)
        .filter(state=Run.State.RUNNING)
        .update(
            done=F("done") + progress.done,
            resume_point=progress.resume_point,
            rate=rate,
            advanced_at=now,
            lease_until=now + LEASE,
            attempts=0,
            failure="",
            **{name: value for name, value in said.items() if value is not None},
        )
    )
    if not moved:
        raise LeaseLost(run_id)


@within_unit_of_work
def hand_on(*, run_id: int, token: str, now: datetime) -> bool:
    """Give the lease back and queue for another turn; False when it was lost before."""
    ticket = new_token()
    given = Run.objects.held_with(run_id=run_id, token=token).update(
        **waiting_for_turn(ticket=ticket, now=now)
    )
    if given:
        queue_turn(run_id=run_id, ticket=ticket)
    return bool(given)
