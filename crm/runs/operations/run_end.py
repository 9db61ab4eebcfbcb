"""The end of a run: done, cancelled, or failed with a reason for staff."""

from datetime import datetime, timedelta
from typing import Any

from crm.kernel.staff_texts import TextTemplate
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.turns import build_queued_values, new_token, queue_turn

FAILED_REPEATEDLY = TextTemplate("It failed {attempts} times at the same place. {reason}")

# Delays before each retry at the same resume point; after the last one the run fails.
RETRY_DELAYS = [timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2)]


@within_unit_of_work
def finish_run(*, run_id: int, token: str, now: datetime) -> bool:
    """Mark the run done, even if it was cancelled too late; False when the lease is lost."""
    return bool(
        Run.objects.with_lease(run_id=run_id, token=token).update(
            **_build_finished_values(Run.State.DONE, now)
        )
    )


@within_unit_of_work
def finish_cancelled_run(*, run_id: int, token: str, now: datetime) -> bool:
    """End a run that was cancelled; False when it was not, or the lease is lost."""
    return bool(
        Run.objects.with_lease(run_id=run_id, token=token)
        .filter(state=Run.State.CANCELLING)
        .update(**_build_finished_values(Run.State.CANCELLED, now))
    )


@within_unit_of_work
def fail_run(*, run_id: int, token: str, reason: str, now: datetime) -> bool:
    """Mark the run failed; False when the lease is lost."""
    return bool(
        Run.objects.with_lease(run_id=run_id, token=token).update(
            **_build_finished_values(Run.State.FAILED, now), failure=reason
        )
    )


@within_unit_of_work
def retry_run_later(*, run_id: int, token: str, reason: str, now: datetime) -> bool:
    """Queue the run again after a delay, or mark it failed after the last retry.

    Return False when the lease is lost.
    """
    held = Run.objects.with_lease(run_id=run_id, token=token)
    attempts = held.select_for_update().values_list("attempts", flat=True).first()
    if attempts is None:
        return False
    if attempts >= len(RETRY_DELAYS):
        failure = FAILED_REPEATEDLY(attempts=attempts + 1, reason=reason)
        return fail_run(run_id=run_id, token=token, reason=failure, now=now)
    ticket, run_at = new_token(), now + RETRY_DELAYS[attempts]
    Run.objects.filter(pk=run_id).update(
        **build_queued_values(ticket=ticket, now=now, at=run_at),
        attempts=attempts + 1,
        failure=reason,
    )
    queue_turn(run_id=run_id, ticket=ticket, at=run_at)
    return True


def _build_finished_values(state: str, now: datetime) -> dict[str, Any]:
    return {"state": state, "finished_at": now, "lease_until": None, "held_by": ""}
