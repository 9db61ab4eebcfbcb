"""The worker: takes tasks from the queue one by one, with chores in between."""

import gc
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import structlog
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connections,
    reset_queries,
)
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from crm.kernel.transactions import unit_of_work
from crm.ops.chores import do_due_chores, requeue_runs
from crm.runs.slicing import worker_name
from crm.runs.stopping import STOP

IDLE_SECONDS = 0.5
WITHOUT_DATABASE_SECONDS = 3.0
# A sleep goes on after a signal, so it is slept in pieces.
NAP_SECONDS = 0.1

log = structlog.get_logger(__name__)


class OneTask(Worker):
    """django-tasks-db's worker for the time of one task, if there is one."""

    def __init__(self) -> None:
        super().__init__(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=1,
            worker_id=worker_name(),
            excluded_queue_names=[],
        )
        self.found = False

    def run_task(self, db_task_result: DBTaskResult) -> None:
        self.found = True
        super().run_task(db_task_result)


def work(*, once: bool) -> None:
    """Do tasks and chores until told to stop, or with ``once`` until no task is ready.

    Told by SIGTERM or SIGINT it ends the chunk at hand, gives the lease back and returns. A kill
    is safe as well: what was not committed is done by the next worker.
    """
    collect_seldom()
    with _stopped_by_signals():
        log.info("worker_started", worker=worker_name())
        started = False
        while not STOP.is_up:
            try:
                if not started:
                    # Whoever starts a worker after a crash should not have to wait for the chore.
                    unit_of_work(requeue_runs)(timezone.now())
                    started = True
                found = _take_one_turn()
            except (OperationalError, InterfaceError):
                if once:
                    raise
                log.exception("worker_lost_database")
                connections.close_all()
                _sleep(WITHOUT_DATABASE_SECONDS)
                continue
            if not found:
                if once:
                    break
                _sleep(IDLE_SECONDS)
        log.info("worker_stopped", worker=worker_name())


def collect_seldom() -> None:
    """Let the garbage collector pass over what stays, and look at the rest less often.

    A chunk makes a hundred thousand objects, none of them in circles; looking for circles among
    them, and among all that Django has loaded, would take half of the time of an import.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _take_one_turn() -> bool:
    close_old_connections()
    # With DEBUG on, Django keeps the statements of a request, and a worker has none that ends.
    reset_queries()
    do_due_chores()
    if STOP.is_up:
        return False
    task = OneTask()
    task.run()
    return task.found


def _sleep(seconds: float) -> None:
    until = time.monotonic() + seconds
    while not STOP.is_up and time.monotonic() < until:
        time.sleep(NAP_SECONDS)


@contextmanager
def _stopped_by_signals() -> Generator[None, None, None]:
    """Let the two polite signals put up the stop sign, as often as they come.

    Ctrl-C in a terminal may reach a worker twice, from the terminal and from ``run``, so a second
    one is not impatience. Who cannot wait has SIGQUIT and SIGKILL.
    """

    def put_up(number: int, frame: FrameType | None) -> None:
        STOP.put_up()

    before = {number: signal.signal(number, put_up) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        STOP.take_down()
