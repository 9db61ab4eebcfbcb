"""Runs whose worker died or whose task was lost get a new turn."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q
from django_tasks_db.models import DBTaskResult

from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.ending import DELAYS, fail
from crm.runs.operations.queueing import new_token, queue_turn, waiting_for_turn
from crm.runs.tasks import take_turn


@within_unit_of_work
def requeue_lost_runs(*, now: datetime, is_gone: Callable[[str], bool]) -> int:
    """Queue every open run again that nobody works on and no task waits for; say how many.

    Lost is what a lease ran out on, or what a holder holds of whom ``is_gone`` knows that he no
    longer works. A run whose worker dies again and again at the same place fails instead.
    """
    gone = [holder for holder in _holders() if is_gone(holder)]
    lost = list(
        Run.objects.open()
        .filter(Q(lease_until__lt=now) | Q(lease_until=None) | Q(held_by__in=gone))
        .order_by("pk")
    )
    waiting = _tickets_in_the_queue() if lost else set()
    return sum(_take_back(run, now) for run in lost if run.lease_token not in waiting)


def _holders() -> list[str]:
    held = Run.objects.open().exclude(held_by="")
    return list(held.order_by("held_by").values_list("held_by", flat=True).distinct())


def _tickets_in_the_queue() -> set[str]:
    """A queue may be long: a run that is still in it is not lost, however late it is."""
    tasks = DBTaskResult.objects.filter(status="READY", task_path=take_turn.module_path)
    return {task["args"][1] for task in tasks.values_list("args_kwargs", flat=True)}


def _take_back(run: Run, now: datetime) -> bool:
    if run.held_by and run.attempts >= len(DELAYS):
        reason = f"Its worker ended {run.attempts + 1} times at the same place."
        return fail(run_id=run.pk, token=run.lease_token, reason=reason, now=now)
    ticket = new_token()
    # The lease as it was seen: its holder may have come back to life in between.
    taken = (
        Run.objects.held_with(run_id=run.pk, token=run.lease_token)
        .filter(lease_until=run.lease_until)
        .update(
            **waiting_for_turn(ticket=ticket, now=now),
            attempts=run.attempts + 1 if run.held_by else run.attempts,
        )
    )
    if taken:
        queue_turn(run_id=run.pk, ticket=ticket)
    return bool(taken)
