"""Queue a turn of a run: a ticket on the run, and a task that carries the ticket."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from crm.kernel.transactions import after_commit, within_unit_of_work
from crm.runs.tasks import take_turn

# How long a ticket may be overdue before its task counts as lost.
QUEUE_GRACE = timedelta(seconds=15)


def new_token() -> str:
    return secrets.token_hex(16)


def build_queued_values(
    *, ticket: str, now: datetime, at: datetime | None = None
) -> dict[str, Any]:
    """Return the field values of a run that waits for its turn with this ticket."""
    return {"lease_token": ticket, "lease_until": (at or now) + QUEUE_GRACE, "held_by": ""}


@within_unit_of_work
def queue_turn(*, run_id: int, ticket: str, at: datetime | None = None) -> None:
    """Queue a task for the run after the commit, to run not before ``at``.

    A task that is lost between the commit and the queue is replaced by ``requeue_lost_runs``.
    """
    # The queue prefers tasks with a time to those without. Only a task that must wait gets one;
    # otherwise a long run would come before everything else, turn after turn.
    turn = take_turn.using(run_after=at) if at else take_turn
    after_commit(lambda: turn.enqueue(run_id, ticket))
