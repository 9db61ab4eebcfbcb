"""Recurring chores of the workers, each run by one worker at a time."""

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

from crm.audit.operations.seals import seal_events
from crm.exports.export_work import delete_expired_exports
from crm.kernel.transactions import unit_of_work, within_unit_of_work
from crm.runs.operations.duties import claim_duty, complete_duty
from crm.runs.operations.recovery import requeue_lost_runs
from crm.runs.queries.duties import list_waiting_duties
from crm.runs.worker_turn import get_worker_name
from crm.tenancy.operations.form_receipts import purge_form_receipts
from crm.tenancy.operations.idempotency import purge_idempotency_records
from customers.operations.one_time_codes import delete_expired_codes
from loyalty.operations.cards.expire import expire_cards
from loyalty.operations.coupons.texts import send_coupon_texts
from loyalty.operations.effects import retry_effects
from loyalty.operations.points.scheduled import expire_points, mature_points, review_tiers

# A chore that takes longer yields to the tasks and continues the next time.
MAX_CHORE_SECONDS = 2.0
KEY_RETENTION = timedelta(hours=24)
TASK_RETENTION = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """``run`` handles a batch at the given time and returns its size; 0 when nothing is left.

    ``every`` is the pause after a success. If the worker dies or the chore fails, another worker
    tries again after ``at_most``.
    """

    name: str
    every: timedelta
    at_most: timedelta
    run: Callable[[datetime], int]


def run_due_chores() -> None:
    """Run the chores that are due and not claimed; a failing chore does not stop the others."""
    waiting_duties = list_waiting_duties(now=timezone.now())
    for chore in CHORES:
        if chore.name not in waiting_duties and unit_of_work(claim_duty)(
            name=chore.name, now=timezone.now(), at_most=chore.at_most
        ):
            _run_chore(chore)


def _run_chore(chore: Chore) -> None:
    began = time.monotonic()
    handled_count = 0
    try:
        while count := unit_of_work(chore.run)(timezone.now()):
            handled_count += count
            if time.monotonic() - began > MAX_CHORE_SECONDS:
                break
    except Exception:
        log.exception("chore_failed", chore=chore.name)
        return
    now = timezone.now()
    unit_of_work(complete_duty)(
        name=chore.name, now=now, due_at=now if count else now + chore.every
    )
    if handled_count:
        log.info("chore_done", chore=chore.name, handled=handled_count)


def is_worker_gone(holder: str) -> bool:
    """Whether a worker is known to have ended: a process of this machine that no longer exists.

    It is called between two turns, so this process itself cannot hold a run.
    """
    host, _, process = holder.rpartition(":")
    if host != socket.gethostname()[:60] or not process.isdigit():
        return False
    if holder == get_worker_name():
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
    """Queue lost runs again, at once those of ended workers on this machine."""
    return requeue_lost_runs(now=now, is_gone=is_worker_gone)


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
def _delete_old_keys(now: datetime) -> int:
    keys = purge_idempotency_records(now - KEY_RETENTION)
    return keys + purge_form_receipts(now - KEY_RETENTION)


@within_unit_of_work
def _delete_old_codes(now: datetime) -> int:
    return delete_expired_codes(now=now)


@within_unit_of_work
def _delete_old_tasks(now: datetime) -> int:
    """Delete old tasks; one that is RUNNING for so long was left by a worker that died."""
    old = DBTaskResult.objects.exclude(status="READY").filter(started_at__lt=now - TASK_RETENTION)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:1_000])
    return DBTaskResult.objects.filter(pk__in=ids).delete()[0]


@within_unit_of_work
def _delete_old_exports(now: datetime) -> int:
    return delete_expired_exports(now=now)


def _delete_old_sessions(now: datetime) -> int:
    keys = list(
        Session.objects.filter(expire_date__lt=now)
        .order_by("pk")
        .values_list("pk", flat=True)[:1_000]
    )
    return Session.objects.filter(pk__in=keys).delete()[0]


@within_unit_of_work
def _expire_cards(now: datetime) -> int:
    return expire_cards(now=now)


@within_unit_of_work
def _send_coupon_texts(now: datetime) -> int:
    return send_coupon_texts(now=now)


CHORES = [
    # First and often, because a stopped import waits for it.
    Chore("requeue lost runs", timedelta(seconds=5), timedelta(seconds=30), requeue_runs),
    Chore("seal audit events", timedelta(minutes=1), timedelta(minutes=10), _seal_events),
    Chore("expire cards", timedelta(minutes=10), timedelta(minutes=10), _expire_cards),
    Chore("retry side effects", timedelta(seconds=15), timedelta(minutes=2), _retry_effects),
    Chore("text coupons", timedelta(seconds=15), timedelta(minutes=10), _send_coupon_texts),
    Chore("mature points", timedelta(minutes=5), timedelta(minutes=10), _mature_points),
    Chore("expire points", timedelta(minutes=5), timedelta(minutes=10), _expire_points),
    Chore("review tiers", timedelta(minutes=15), timedelta(minutes=10), _review_tiers),
    Chore("drop old keys", timedelta(minutes=10), timedelta(minutes=10), _delete_old_keys),
    Chore("drop old codes", timedelta(hours=1), timedelta(minutes=10), _delete_old_codes),
    Chore("drop old tasks", timedelta(hours=1), timedelta(hours=1), _delete_old_tasks),
    Chore("drop old exports", timedelta(hours=1), timedelta(hours=1), _delete_old_exports),
    Chore("drop old sessions", timedelta(hours=1), timedelta(hours=1), _delete_old_sessions),
]
