"""Recovery of runs whose worker died or whose task was lost."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q
from django_tasks_db.models import DBTaskResult

from crm.kernel.staff_texts import TextTemplate
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.run_end import RETRY_DELAYS, fail_run
from crm.runs.operations.turns import build_queued_values, new_token, queue_turn
from crm.runs.tasks import take_turn

WORKER_ENDED = TextTemplate("Its worker ended {attempts} times at the same place.")


@within_unit_of_work
def requeue_lost_runs(*, now: datetime, is_gone: Callable[[str], bool]) -> int:
    """Queue every lost run again; return how many.

    A run is lost when its lease has expired or ``is_gone`` says that its worker has ended, and no
    task waits for it. A run whose worker dies again and again at the same point fails instead.
    """
    gone_holders = [holder for holder in _list_holders() if is_gone(holder)]
    lost_runs = list(
        Run.objects.open()
        .filter(Q(lease_until__lt=now) | Q(lease_until=None) | Q(held_by__in=gone_holders))
        .order_by("pk")
    )
    queued_tickets = _list_queued_tickets() if lost_runs else set()
    return sum(
        _requeue_lost_run(run, now) for run in lost_runs if run.lease_token not in queued_tickets
    )


def _list_holders() -> list[str]:
    held = Run.objects.open().exclude(held_by="")
    return list(held.order_by("held_by").values_list("held_by", flat=True).distinct())


def _list_queued_tickets() -> set[str]:
    """Return the tickets of queued tasks: a run that is still in the queue is not lost."""
    tasks = DBTaskResult.objects.filter(status="READY", task_path=take_turn.module_path)
    return {task["args"][1] for task in tasks.values_list("args_kwargs", flat=True)}


def _requeue_lost_run(run: Run, now: datetime) -> bool:
    if run.held_by and run.attempts >= len(RETRY_DELAYS):
        reason = WORKER_ENDED(attempts=run.attempts + 1)
        return fail_run(run_id=run.pk, token=run.lease_token, reason=reason, now=now)
    ticket = new_token()
    # Compare the lease that was read: its holder may have renewed it meanwhile.
    is_taken = (
        Run.objects.with_lease(run_id=run.pk, token=run.lease_token)
        .filter(lease_until=run.lease_until)
        .update(
            **build_queued_values(ticket=ticket, now=now),
            attempts=run.attempts + 1 if run.held_by else run.attempts,
        )
    )
    if is_taken:
        queue_turn(run_id=run.pk, ticket=ticket)
    return bool(is_taken)
