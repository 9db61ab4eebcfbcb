"""Runs for lists."""

from dataclasses import dataclass
from datetime import datetime

from crm.runs.models import Run


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run, as a list shows it."""

    id: int
    kind: str
    state: str
    step: str
    done: int
    total: int
    queued_at: datetime

    @property
    def title(self) -> str:
        """The kind of work as a label: ``customers.import`` is "Customers import"."""
        return self.kind.replace(".", " ").replace("_", " ").capitalize()

    @property
    def state_words(self) -> str:
        return str(Run.State(self.state).label)

    @property
    def percent(self) -> int:
        """The percentage that is done; 0 while the total is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else 0


def list_open_runs(*, org_id: int, limit: int) -> list[RunLine]:
    """Return runs that are queued or running, newest first; one query."""
    return [
        RunLine(*row)
        for row in Run.objects.filter(org_id=org_id, finished_at__isnull=True)
        .order_by("-id")
        .values_list("id", "kind", "state", "step", "done", "total", "queued_at")[:limit]
    ]
