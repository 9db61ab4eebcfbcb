"""One turn of a run: chunks for a few seconds, each in a unit of work of its own."""

import os
import socket
import time
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone

from crm.kernel.staff_texts import TextTemplate
from crm.kernel.transactions import unit_of_work
from crm.runs.models import Run
from crm.runs.operations.leases import LeaseLost, advance_run, requeue_run, take_lease
from crm.runs.operations.run_end import fail_run, finish_cancelled_run, finish_run, retry_run_later
from crm.runs.rates import measure_seconds_spent, smooth_rate
from crm.runs.stop_signal import STOP_FLAG
from crm.runs.work_kinds import Chunk, UnrecoverableError, get_follow_up, get_work
from crm.tenancy.origin import Origin

SEE_LOG = TextTemplate("{error}: see run {id} in the log of the worker.")

TURN_SECONDS = 3.0
# SQLite lets one writer in at a time, and a waiting writer tries again at least every 100 ms. A
# slightly longer pause is certain to let it in. Without the pause, a write beside twelve seconds
# of half-second chunks waited all twelve; with it, never longer than a chunk or two.
SQLITE_MAX_LOCKED_SECONDS = 0.25
SQLITE_PAUSE_SECONDS = 0.12

log = structlog.get_logger(__name__)


def get_worker_name() -> str:
    """Return the name of this process among the workers of all machines."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def run_turn(*, run_id: int, ticket: str) -> None:
    """Work on the run for about three seconds, then end it or queue it again.

    An error in the work is recorded on the run and retried later. Only a lost database connection
    raises; then the lease expires by itself.
    """
    run = unit_of_work(take_lease)(
        run_id=run_id, ticket=ticket, holder=get_worker_name(), now=timezone.now()
    )
    if run is None:
        log.info("turn_void", run=run_id)
        return
    with structlog.contextvars.bound_contextvars(run=run.pk, kind=run.kind):
        _run_and_release(run)


def _run_and_release(run: Run) -> None:
    lease: dict[str, Any] = {"run_id": run.pk, "token": run.lease_token}
    try:
        release = partial(_finish, run) if _run_chunks(run) else requeue_run
    except LeaseLost:
        if not unit_of_work(finish_cancelled_run)(**lease, now=timezone.now()):
            log.warning("run_lease_lost")
    except UnrecoverableError as reason:
        unit_of_work(fail_run)(**lease, reason=str(reason), now=timezone.now())
    except Exception as error:
        # Database messages quote rows, so the page shows only the type of the error.
        log.exception("run_chunk_failed")
        unit_of_work(retry_run_later)(
            **lease,
            reason=SEE_LOG(error=type(error).__name__, id=run.pk),
            now=timezone.now(),
        )
    else:
        if not unit_of_work(release)(**lease, now=timezone.now()):
            log.warning("run_lease_lost")


def _finish(run: Run, *, run_id: int, token: str, now: datetime) -> bool:
    """Mark the run done, and do in the same unit what follows work of its kind."""
    is_finished = finish_run(run_id=run_id, token=token, now=now)
    follow = get_follow_up(run.kind)
    if is_finished and follow is not None:
        follow(run, _build_origin(run))
    return is_finished


def _run_chunks(run: Run) -> bool:
    """Run chunks until the time is up; True when none are left.

    Raises:
        LeaseLost: the run was taken over or cancelled; the current chunk was rolled back.
    """
    if run.state == Run.State.CANCELLING:
        raise LeaseLost(run.pk)
    started_at = time.monotonic()
    locked_seconds = 0.0
    with closing(get_work(run.kind)(run, _build_origin(run))) as chunks:
        last_ended_at = started_at
        for chunk in chunks:
            locked_at = time.monotonic()
            run.rate, run.advanced_at = unit_of_work(_run_chunk)(run, chunk, last_ended_at)
            last_ended_at = time.monotonic()
            locked_seconds += last_ended_at - locked_at
            if locked_seconds >= SQLITE_MAX_LOCKED_SECONDS:
                _pause_for_other_writers()
                locked_seconds = 0.0
            if STOP_FLAG.is_set or last_ended_at - started_at >= TURN_SECONDS:
                return False
    return True


def _run_chunk(run: Run, chunk: Chunk, since: float) -> tuple[float, datetime]:
    progress = chunk()
    now = timezone.now()
    seconds = measure_seconds_spent(
        since=run.advanced_at, now=now, in_slice=time.monotonic() - since
    )
    rate = smooth_rate(run.rate, rows=progress.done, seconds=seconds)
    advance_run(run_id=run.pk, token=run.lease_token, progress=progress, rate=rate, now=now)
    return rate, now


def _pause_for_other_writers() -> None:
    if connection.vendor == "sqlite":
        time.sleep(SQLITE_PAUSE_SECONDS)


def _build_origin(run: Run) -> Origin:
    return Origin(
        org=run.org,
        actor_id=run.started_by_id,
        door="WORKER",
        at=timezone.now(),
        request_id=f"run-{run.pk}",
        caller_id=run.called_by_id,
    )
