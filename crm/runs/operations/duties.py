"""Claim and complete chores, so that one worker runs each when it is due."""

from datetime import datetime, timedelta

from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Duty


@within_unit_of_work
def claim_duty(*, name: str, now: datetime, at_most: timedelta) -> bool:
    """Claim a duty that is due; False when it is not due or another worker was first.

    The claim of a worker that dies expires after ``at_most``.
    """
    until = now + at_most
    if Duty.objects.filter(name=name, due_at__lte=now).update(due_at=until):
        return True
    return Duty.objects.get_or_create(name=name, defaults={"due_at": until})[1]


@within_unit_of_work
def complete_duty(*, name: str, now: datetime, due_at: datetime) -> None:
    """Record that the duty succeeded, and when it is due again."""
    Duty.objects.filter(name=name).update(done_at=now, due_at=due_at)
