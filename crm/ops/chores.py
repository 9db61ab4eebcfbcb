"""What the workers do on the side: a short list, each a unit of its own, one worker at a time."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from crm.audit.operations.sealing import seal_events
from crm.kernel.transactions import unit_of_work, within_unit_of_work
from crm.runs.operations.duties import claim_duty, complete_duty
from crm.runs.operations.recovering import requeue_lost_runs
from crm.runs.queries.duties import list_resting_duties
from crm.runs.slicing import worker_name
from crm.tenancy.operations.idempotency import purge_idempotency_records
from loyalty.operations.effects import retry_effects
from loyalty.operations.expiring_cards import expire_cards
from loyalty.operations.sweeping import expire_points, mature_points, review_tiers

# A chore that finds more to do than fits makes way for the tasks and goes on the next time.
LONGEST_CHORE_SECONDS = 2.0
KEYS_ARE_KEPT = timedelta(hours=24)
TASKS_ARE_KEPT = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """``do`` handles some of what waits, given the time, and says how much; 0 when none is left.

    ``every`` is from one good end to the next beginning. When its worker dies, or the chore
    fails, another tries after ``at_most``.
    """

    name: str
    every: timedelta
    at_most: timedelta
    do: Callable[[datetime], int]


def do_due_chores() -> None:
    """Do what is due and nobody else is at; a chore that fails does not stop the others."""
    resting = list_resting_duties(now=timezone.now())
    for chore in CHORES:
        if chore.name not in resting and unit_of_work(claim_duty)(
            name=chore.name, now=timezone.now(), at_most=chore.at_most
        ):
            _do(chore)


def _do(chore: Chore) -> None:
    began = time.monotonic()
    handled = 0
    try:
        while some := unit_of_work(chore.do)(timezone.now()):
            handled += some
            if time.monotonic() - began > LONGEST_CHORE_SECONDS:
                break
    except Exception:
        log.exception("chore_failed", chore=chore.name)
        return
    now = timezone.now()
    unit_of_work(complete_duty)(name=chore.name, now=now, due_at=now if some else now + chore.every)
    if handled:
        log.info("chore_done", chore=chore.name, handled=handled)


def is_gone(holder: str) -> bool:
    """Whether that worker is known to work no longer: a process of this machine that ended.

    It is asked between two turns, so what this process itself seems to hold it does not.
    """
    host, _, process = holder.rpartition(":")
    if host != socket.gethostname()[:60] or not process.isdigit():
        return False
    if holder == worker_name():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@within_unit_of_work
def requeue_runs(now: datetime) -> int:
    """Take back what nobody works on, at once from the dead of this machine."""
    return requeue_lost_runs(now=now, is_gone=is_gone)


@within_unit_of_work
def _seal_events(now: datetime) -> int:
    return seal_events(now=now)


@within_unit_of_work
def _retry_effects(now: datetime) -> int:
    return retry_effects(now=now)


@within_unit_of_work
def _mature_points(now: datetime) -> int:
    return mature_points(now=now)


@within_unit_of_work
def _expire_points(now: datetime) -> int:
    return expire_points(now=now)


@within_unit_of_work
def _review_tiers(now: datetime) -> int:
    return review_tiers(now=now)


@within_unit_of_work
def _drop_old_keys(now: datetime) -> int:
    return purge_idempotency_records(now - KEYS_ARE_KEPT)


@within_unit_of_work
def _drop_old_tasks(now: datetime) -> int:
    """Old tasks are of no use, and one RUNNING for so long was left by a worker that died."""
    old = DBTaskResult.objects.exclude(status="READY").filter(started_at__lt=now - TASKS_ARE_KEPT)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:1_000])
    return DBTaskResult.objects.filter(pk__in=ids).delete()[0]


@within_unit_of_work
def _drop_old_sessions(now: datetime) -> int:
    keys = list(
        Session.objects.filter(expire_date__lt=now)
        .order_by("pk")
        .values_list("pk", flat=True)[:1_000]
    )
    return Session.objects.filter(pk__in=keys).delete()[0]


@within_unit_of_work
def _expire_cards(now: datetime) -> int:
    return expire_cards(now=now)


CHORES = [
    # First, and often: it is what a stopped import waits for.
    Chore("requeue lost runs", timedelta(seconds=5), timedelta(seconds=30), requeue_runs),
    Chore("seal audit events", timedelta(minutes=1), timedelta(minutes=10), _seal_events),
    Chore("expire cards", timedelta(minutes=10), timedelta(minutes=10), _expire_cards),
    Chore("retry side effects", timedelta(seconds=15), timedelta(minutes=2), _retry_effects),
    Chore("mature points", timedelta(minutes=5), timedelta(minutes=10), _mature_points),
    Chore("expire points", timedelta(minutes=5), timedelta(minutes=10), _expire_points),
    Chore("review tiers", timedelta(minutes=15), timedelta(minutes=10), _review_tiers),
    Chore("drop old keys", timedelta(minutes=10), timedelta(minutes=10), _drop_old_keys),
    Chore("drop old tasks", timedelta(hours=1), timedelta(hours=1), _drop_old_tasks),
    Chore("drop old sessions", timedelta(hours=1), timedelta(hours=1), _drop_old_sessions),
]
