"""Asking for a turn: a ticket on the run, and a task that carries it."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from crm.kernel.transactions import after_commit, within_unit_of_work
from crm.runs.tasks import take_turn

# How long after its time a ticket may be missing from the queue until the task counts as lost.
PATIENCE = timedelta(seconds=15)


def new_token() -> str:
    return secrets.token_hex(16)


def waiting_for_turn(*, ticket: str, now: datetime, at: datetime | None = None) -> dict[str, Any]:
    """The values of a run that waits for its turn with that ticket."""
    return {"lease_token": ticket, "lease_until": (at or now) + PATIENCE, "held_by": ""}


@within_unit_of_work
def queue_turn(*, run_id: int, ticket: str, at: datetime | None = None) -> None:
    """Queue a task for the run, once the unit is safe; not before ``at``.

    A task that is lost between the commit and the queue is replaced by ``requeue_lost_runs``.
    """
    # The queue prefers tasks with a time, however late, to those with none. Only what must wait
    # gets one: else a long run would come before everything else, turn after turn.
    turn = take_turn.using(run_after=at) if at else take_turn
    after_commit(lambda: turn.enqueue(run_id, ticket))
