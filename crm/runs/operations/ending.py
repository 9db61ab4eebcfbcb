"""How a run ends: done, cancelled, or failed with a reason that staff can read."""

from datetime import datetime, timedelta
from typing import Any

from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.queueing import new_token, queue_turn, waiting_for_turn

# After as many failures at one resume point, another attempt is made; after one more, none is.
DELAYS = [timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2)]


@within_unit_of_work
def finish(*, run_id: int, token: str, now: datetime) -> bool:
    """Everything is done, even when somebody cancelled too late; False when the lease is lost."""
    return bool(
        Run.objects.held_with(run_id=run_id, token=token).update(**_over(Run.State.DONE, now))
    )


@within_unit_of_work
def end_cancelled(*, run_id: int, token: str, now: datetime) -> bool:
    """End a run that somebody asked to end; False when nobody did or the lease is lost."""
    return bool(
        Run.objects.held_with(run_id=run_id, token=token)
        .filter(state=Run.State.CANCELLING)
        .update(**_over(Run.State.CANCELLED, now))
    )


@within_unit_of_work
def fail(*, run_id: int, token: str, reason: str, now: datetime) -> bool:
    """End the run for good; False when the lease is lost."""
    return bool(
        Run.objects.held_with(run_id=run_id, token=token).update(
            **_over(Run.State.FAILED, now), failure=reason
        )
    )


@within_unit_of_work
def try_later(*, run_id: int, token: str, reason: str, now: datetime) -> bool:
    """Queue again after a while, or give up when that did not help before.

    False when the lease is lost.
    """
    held = Run.objects.held_with(run_id=run_id, token=token)
    attempts = held.select_for_update().values_list("attempts", flat=True).first()
    if attempts is None:
        return False
    if attempts >= len(DELAYS):
        again = f"It failed {attempts + 1} times at the same place. {reason}"
        return fail(run_id=run_id, token=token, reason=again, now=now)
    ticket, at = new_token(), now + DELAYS[attempts]
    Run.objects.filter(pk=run_id).update(
        **waiting_for_turn(ticket=ticket, now=now, at=at), attempts=attempts + 1, failure=reason
    )
    queue_turn(run_id=run_id, ticket=ticket, at=at)
    return True


def _over(state: str, now: datetime) -> dict[str, Any]:
    return {"state": state, "finished_at": now, "lease_until": None, "held_by": ""}
