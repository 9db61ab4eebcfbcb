"""One turn of long work: chunk after chunk for a few seconds, each in a unit of its own."""

import os
import socket
import time
from contextlib import closing
from datetime import datetime
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from crm.runs.models import Run
from crm.runs.operations.ending import end_cancelled, fail, finish, try_later
from crm.runs.operations.leasing import LeaseLost, advance, hand_on, take_lease
from crm.runs.rules import seconds_spent, smoothed_rate
from crm.runs.stopping import STOP
from crm.runs.work import CannotGoOn, Chunk, work_of
from crm.tenancy.origin import Origin

SLICE_SECONDS = 3.0
# SQLite lets one writer in at a time, and one that waits looks again every 100 ms at the latest.
# A pause a little longer than that lets it in for certain; without one, a write beside twelve
# seconds of half-second chunks waited all twelve, and with it never longer than a chunk or two.
SQLITE_HOLDS_SECONDS = 0.25
SQLITE_PAUSE_SECONDS = 0.12

log = structlog.get_logger(__name__)


def worker_name() -> str:
    """This process among all workers of all machines."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def do_slice(*, run_id: int, ticket: str) -> None:
    """Work on the run for about three seconds, then end it or queue it again.

    Whatever goes wrong in the work is noted on the run and tried again later; only a database
    that is gone comes out of here, and then the lease runs out by itself.
    """
    run = unit_of_work(take_lease)(
        run_id=run_id, ticket=ticket, holder=worker_name(), now=timezone.now()
    )
    if run is None:
        log.info("turn_void", run=run_id)
        return
    with structlog.contextvars.bound_contextvars(run=run.pk, kind=run.kind):
        _close_slice(run)


def _close_slice(run: Run) -> None:
    held: dict[str, Any] = {"run_id": run.pk, "token": run.lease_token}
    try:
        end = finish if _work_on(run) else hand_on
    except LeaseLost:
        if not unit_of_work(end_cancelled)(**held, now=timezone.now()):
            log.warning("run_lease_lost")
    except CannotGoOn as reason:
        unit_of_work(fail)(**held, reason=str(reason), now=timezone.now())
    except Exception as error:
        # Messages of the database quote rows, so the page shows only what kind of error it was.
        log.exception("run_chunk_failed")
        unit_of_work(try_later)(
            **held,
            reason=f"{type(error).__name__}: the worker's log tells more, under run {run.pk}.",
            now=timezone.now(),
        )
    else:
        if not unit_of_work(end)(**held, now=timezone.now()):
            log.warning("run_lease_lost")


def _work_on(run: Run) -> bool:
    """Do chunks until the time is up; True when there are none left.

    Raises:
        LeaseLost: the run was taken over or cancelled; the chunk at hand was undone.
    """
    if run.state == Run.State.CANCELLING:
        raise LeaseLost(run.pk)
    began = time.monotonic()
    held_seconds = 0.0
    with closing(work_of(run.kind)(run, _origin_of(run))) as chunks:
        last = began
        for chunk in chunks:
            locked = time.monotonic()
            run.rate, run.advanced_at = unit_of_work(_do_chunk)(run, chunk, last)
            last = time.monotonic()
            held_seconds += last - locked
            if held_seconds >= SQLITE_HOLDS_SECONDS:
                _let_others_write()
                held_seconds = 0.0
            if STOP.is_up or last - began >= SLICE_SECONDS:
                return False
    return True


def _do_chunk(run: Run, chunk: Chunk, since: float) -> tuple[float, datetime]:
    progress = chunk()
    now = timezone.now()
    seconds = seconds_spent(since=run.advanced_at, now=now, in_slice=time.monotonic() - since)
    rate = smoothed_rate(run.rate, rows=progress.done, seconds=seconds)
    advance(run_id=run.pk, token=run.lease_token, progress=progress, rate=rate, now=now)
    return rate, now


def _let_others_write() -> None:
    if connection.vendor == "sqlite":
        time.sleep(SQLITE_PAUSE_SECONDS)


def _origin_of(run: Run) -> Origin:
    return Origin(
        org=run.org,
        actor_id=run.started_by_id,
        door="WORKER",
        at=timezone.now(),
        request_id=f"run-{run.pk}",
    )
