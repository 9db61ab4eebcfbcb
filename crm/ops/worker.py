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
from crm.ops.chores import requeue_runs, run_due_chores
from crm.runs.stop_signal import STOP_FLAG
from crm.runs.worker_turn import get_worker_name

IDLE_SECONDS = 0.5
RECONNECT_SECONDS = 3.0
# A signal does not interrupt a sleep, so the worker sleeps in short naps.
NAP_SECONDS = 0.1

log = structlog.get_logger(__name__)


class OneTaskWorker(Worker):
    """A django-tasks-db worker that runs one task, if there is one."""

    def __init__(self) -> None:
        super().__init__(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=1,
            worker_id=get_worker_name(),
            excluded_queue_names=[],
        )
        self.has_run_task = False

    def run_task(self, db_task_result: DBTaskResult) -> None:
        self.has_run_task = True
        super().run_task(db_task_result)


def run_worker(*, once: bool) -> None:
    """Run tasks and chores until stopped, or with ``once`` until no task is ready.

    After SIGTERM or SIGINT it finishes the current chunk, releases the lease and returns. A kill is
    safe as well: the next worker continues after the last commit.
    """
    tune_garbage_collector()
    with _stop_on_signals():
        log.info("worker_started", worker=get_worker_name())
        is_recovered = False
        while not STOP_FLAG.is_set:
            try:
                if not is_recovered:
                    # After a crash, lost runs should not have to wait for the chore.
                    unit_of_work(requeue_runs)(timezone.now())
                    is_recovered = True
                has_run_task = _run_one_task()
            except (OperationalError, InterfaceError):
                if once:
                    raise
                log.exception("worker_lost_database")
                connections.close_all()
                _sleep(RECONNECT_SECONDS)
                continue
            if not has_run_task:
                if once:
                    break
                _sleep(IDLE_SECONDS)
        log.info("worker_stopped", worker=get_worker_name())


def tune_garbage_collector() -> None:
    """Exclude long-lived objects from garbage collection, and collect a little less often.

    Searching for cycles among everything that Django has loaded would take half the time of an
    import. New cycles must still be found: a worker runs for weeks, and what they hold is never
    freed otherwise.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 10)


def _run_one_task() -> bool:
    close_old_connections()
    # With DEBUG on, Django keeps all statements until the end of a request; a worker has none.
    reset_queries()
    run_due_chores()
    if STOP_FLAG.is_set:
        return False
    worker = OneTaskWorker()
    worker.run()
    return worker.has_run_task


def _sleep(seconds: float) -> None:
    until = time.monotonic() + seconds
    while not STOP_FLAG.is_set and time.monotonic() < until:
        time.sleep(NAP_SECONDS)


@contextmanager
def _stop_on_signals() -> Generator[None, None, None]:
    """Set the stop flag on SIGTERM and SIGINT, as often as they arrive.

    Ctrl-C in a terminal may reach a worker twice, from the terminal and from ``run``, so a second
    signal does not force an exit. SIGQUIT and SIGKILL do.
    """

    def set_stop_flag(number: int, frame: FrameType | None) -> None:
        STOP_FLAG.set()

    old_handlers = {
        number: signal.signal(number, set_stop_flag) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in old_handlers.items():
            signal.signal(number, handler)
        STOP_FLAG.clear()
