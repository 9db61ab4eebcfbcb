"""Start, cancel and continue background runs."""

from datetime import datetime
from typing import Any

from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.turns import build_queued_values, new_token, queue_turn
from crm.runs.work_kinds import get_work
from crm.tenancy.origin import Origin


@within_unit_of_work
def start_run(
    *, origin: Origin, kind: str, total: int = 0, resume_point: dict[str, Any] | None = None
) -> Run:
    """Queue work of a registered kind; a worker starts it after the commit.

    The caller records the audit event, which names the subject of the work.

    Raises:
        UnknownWork: the kind is not registered.
    """
    get_work(kind)  # Raise here, where the caller sees it, not in the log of a worker.
    ticket = new_token()
    run = Run.objects.create(
        org=origin.org,
        kind=kind,
        started_by_id=origin.actor_id,
        called_by_id=origin.caller_id,
        total=total,
        resume_point=resume_point or {},
        queued_at=origin.at,
        **build_queued_values(ticket=ticket, now=origin.at),
    )
    queue_turn(run_id=run.pk, ticket=ticket)
    return run


@within_unit_of_work
def cancel_run(*, org_id: int, run_id: int, now: datetime) -> bool:
    """Cancel a run; False when it has already finished.

    A queued run ends at once. For a running one, the current chunk is rolled back and no chunk is
    committed after this unit.
    """
    runs = Run.objects.open().filter(pk=run_id, org_id=org_id)
    # In this order: the second statement catches a run that starts between the two.
    ended = runs.filter(state=Run.State.QUEUED).update(
        state=Run.State.CANCELLED, finished_at=now, lease_until=None
    )
    return bool(ended or runs.update(state=Run.State.CANCELLING))


@within_unit_of_work
def continue_run(*, org_id: int, run_id: int, now: datetime) -> bool:
    """Queue a failed or cancelled run again from its resume point; False when it is neither."""
    ticket = new_token()
    is_queued = Run.objects.filter(
        pk=run_id, org_id=org_id, state__in=[Run.State.FAILED, Run.State.CANCELLED]
    ).update(
        state=Run.State.QUEUED,
        finished_at=None,
        failure="",
        attempts=0,
        **build_queued_values(ticket=ticket, now=now),
    )
    if is_queued:
        queue_turn(run_id=run_id, ticket=ticket)
    return bool(is_queued)
