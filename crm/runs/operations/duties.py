"""Sharing the chores between workers: one of them does each, when it is due."""

from datetime import datetime, timedelta

from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Duty


@within_unit_of_work
def claim_duty(*, name: str, now: datetime, at_most: timedelta) -> bool:
    """Take a duty that is due; False when it is not, or another worker was first.

    A claim whose worker dies is free again after ``at_most``.
    """
    until = now + at_most
    if Duty.objects.filter(name=name, due_at__lte=now).update(due_at=until):
        return True
    return Duty.objects.get_or_create(name=name, defaults={"due_at": until})[1]


@within_unit_of_work
def complete_duty(*, name: str, now: datetime, due_at: datetime) -> None:
    """Say that the duty ended well and when it is due again."""
    Duty.objects.filter(name=name).update(done_at=now, due_at=due_at)
