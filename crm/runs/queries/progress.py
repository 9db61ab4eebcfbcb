"""The progress of a run, for the progress bar."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.runs.models import Run
from crm.runs.rates import estimate_seconds_left


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The state of a run; ``rate`` is in rows per second, 0 when it has finished."""

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
    """Return the state, progress, rate and time left of a run; one query.

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
        seconds_left=0
        if over
        else estimate_seconds_left(done=run.done, total=run.total, rate=run.rate),
        result=run.result,
        failure=run.failure,
        attempts=run.attempts,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
