"""Starting long work, and asking it to stop."""

from datetime import datetime
from typing import Any

from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.queueing import new_token, queue_turn, waiting_for_turn
from crm.runs.work import work_of
from crm.tenancy.origin import Origin


@within_unit_of_work
def start_run(
    *, origin: Origin, kind: str, total: int = 0, resume_point: dict[str, Any] | None = None
) -> Run:
    """Queue work of a registered kind; a worker begins when the unit is committed.

    The caller records the event, which names what the work is about.

    Raises:
        UnknownWork: nobody registered the kind.
    """
    work_of(kind)  # Here, where somebody sees it, and not in a worker's log.
    ticket = new_token()
    run = Run.objects.create(
        org=origin.org,
        kind=kind,
        started_by_id=origin.actor_id,
        total=total,
        resume_point=resume_point or {},
        queued_at=origin.at,
        **waiting_for_turn(ticket=ticket, now=origin.at),
    )
    queue_turn(run_id=run.pk, ticket=ticket)
    return run


@within_unit_of_work
def cancel_run(*, org_id: int, run_id: int, now: datetime) -> bool:
    """End a run that has not begun; ask one that has to end; False when it was over before.

    No chunk is committed after this unit: the one being worked on is undone.
    """
    runs = Run.objects.open().filter(pk=run_id, org_id=org_id)
    # In this order: what begins between the two statements is met by the second.
    ended = runs.filter(state=Run.State.QUEUED).update(
        state=Run.State.CANCELLED, finished_at=now, lease_until=None
    )
    return bool(ended or runs.update(state=Run.State.CANCELLING))
