"""Which chores wait, and when one was last done."""

from datetime import datetime

from crm.runs.models import Duty


def list_resting_duties(*, now: datetime) -> set[str]:
    """Names of the duties that are not due, or that somebody is at."""
    return set(Duty.objects.filter(due_at__gt=now).values_list("name", flat=True))


def find_last_done(*, name: str) -> datetime | None:
    """When the duty last ended well: a sign of life from the workers; None when it never did."""
    duty = Duty.objects.filter(name=name).first()
    return duty.done_at if duty else None
