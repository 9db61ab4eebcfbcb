"""Runs as lists show them."""

from dataclasses import dataclass
from datetime import datetime

from crm.runs.models import Run


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in one line."""

    id: int
    kind: str
    state: str
    step: str
    done: int
    total: int
    queued_at: datetime

    @property
    def title(self) -> str:
        """What kind of work it is, in words: ``customers.import`` is "Customers import"."""
        return self.kind.replace(".", " ").replace("_", " ").capitalize()

    @property
    def state_words(self) -> str:
        return Run.State(self.state).label

    @property
    def percent(self) -> int:
        """How much of it is done; a total that is not known yet is nothing done."""
        return min(100, self.done * 100 // self.total) if self.total else 0


def list_open_runs(*, org_id: int, limit: int) -> list[RunLine]:
    """Work that is queued or going on, the newest first; one query."""
    return [
        RunLine(*row)
        for row in Run.objects.filter(org_id=org_id, finished_at__isnull=True)
        .order_by("-id")
        .values_list("id", "kind", "state", "step", "done", "total", "queued_at")[:limit]
    ]
