"""How far a run is: what the progress bar reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.runs.models import Run
from crm.runs.rules import seconds_left


@dataclass(frozen=True, slots=True)
class RunProgress:
    """One run at one moment; ``rate`` is rows a second, 0 when nobody works on it."""

    id: int
    kind: str
    state: str
    step: str
    done: int
    total: int
    rate: float
    seconds_left: int | None
    result: dict[str, Any]
    failure: str
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None


def get_progress(*, org_id: int, run_id: int) -> RunProgress:
    """State, progress, speed and what is left; one query.

    Raises:
        Run.DoesNotExist: the organization has no such run.
    """
    run = Run.objects.get(pk=run_id, org_id=org_id)
    over = run.finished_at is not None
    return RunProgress(
        id=run.pk,
        kind=run.kind,
        state=run.state,
        step=run.step,
        done=run.done,
        total=run.total,
        rate=0 if over else run.rate,
        seconds_left=0 if over else seconds_left(done=run.done, total=run.total, rate=run.rate),
        result=run.result,
        failure=run.failure,
        attempts=run.attempts,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
