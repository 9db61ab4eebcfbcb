"""Which chores are not due, and when a chore last succeeded."""

from datetime import datetime

from crm.runs.models import Duty


def list_waiting_duties(*, now: datetime) -> set[str]:
    """Return the names of duties that are not due or are claimed by a worker."""
    return set(Duty.objects.filter(due_at__gt=now).values_list("name", flat=True))


def find_last_done(*, name: str) -> datetime | None:
    """Return when the duty last succeeded, or None; this shows whether workers are alive."""
    duty = Duty.objects.filter(name=name).first()
    return duty.done_at if duty else None
