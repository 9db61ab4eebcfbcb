"""The worker does what is queued, and what is due on the side."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from crm.kernel.transactions import unit_of_work
from crm.ops import chores
from crm.ops.chores import Chore, is_worker_gone, run_due_chores
from crm.runs.models import Duty, Run
from crm.runs.operations.duties import claim_duty, complete_duty
from crm.runs.operations.recovery import requeue_lost_runs
from crm.runs.operations.run_start import start_run
from crm.runs.queries.duties import find_last_done
from crm.runs.tasks import take_turn
from crm.runs.work_kinds import register_work
from crm.runs.worker_turn import get_worker_name
from tests.builders import NOON, make_origin
from tests.crm.counting_work import KIND, count, list_counted_numbers

register_work(KIND, count)

MINUTE = timedelta(minutes=1)


def start(total):
    return unit_of_work(start_run)(origin=make_origin(at=timezone.now()), kind=KIND, total=total)


def chore(name, do):
    return Chore(name, every=MINUTE, at_most=MINUTE, run=do)


@pytest.mark.django_db(transaction=True)
def test_once_does_what_is_queued_and_returns():
    first, second = start(total=2), start(total=3)

    call_command("work", "--once")

    assert (list_counted_numbers(first), list_counted_numbers(second)) == ([1, 2], [1, 2, 3])
    assert set(Run.objects.values_list("state", flat=True)) == {"DONE"}
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL"}


@pytest.mark.django_db(transaction=True)
def test_long_runs_take_turns(monkeypatch):
    monkeypatch.setattr("crm.runs.worker_turn.TURN_SECONDS", 0)
    first, second = start(total=2), start(total=2)

    call_command("work", "--once")

    turns = DBTaskResult.objects.order_by("started_at").values_list("args_kwargs", flat=True)
    assert [task["args"][0] for task in turns] == [first.pk, second.pk] * 3


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_task_was_lost_is_queued_again_and_one_in_the_queue_is_not():
    lost, queued = start(total=1), start(total=1)
    DBTaskResult.objects.filter(args_kwargs__args__0=lost.pk).delete()

    requeue = unit_of_work(requeue_lost_runs)
    many_minutes_later = timezone.now() + 30 * MINUTE
    taken = requeue(now=many_minutes_later, is_gone=lambda holder: False)

    assert taken == 1
    waiting = DBTaskResult.objects.order_by("enqueued_at").values_list("args_kwargs", flat=True)
    assert [task["args"][0] for task in waiting] == [queued.pk, lost.pk]
    lost.refresh_from_db()
    assert (lost.attempts, waiting[1]["args"][1]) == (0, lost.lease_token)


@pytest.mark.django_db
def test_a_chore_is_done_when_due_and_then_rests(monkeypatch):
    done_at = []
    monkeypatch.setattr(chores, "CHORES", [chore("sweep", lambda now: done_at.append(now) or 0)])

    run_due_chores()
    run_due_chores()

    assert len(done_at) == 1
    assert find_last_done(name="sweep") >= done_at[0]
    assert Duty.objects.get().due_at > timezone.now() + MINUTE / 2


@pytest.mark.django_db
def test_a_chore_goes_on_until_nothing_is_left(monkeypatch):
    handled = iter([20, 7, 0])
    monkeypatch.setattr(chores, "CHORES", [chore("sweep", lambda now: next(handled))])

    run_due_chores()

    assert list(handled) == []


@pytest.mark.django_db
def test_a_chore_that_fails_is_tried_again_later_and_stops_no_other(monkeypatch):
    done_at = []

    def breaks(now):
        raise OSError("broken")

    swept = chore("sweep", lambda now: done_at.append("sweep") or 0)
    monkeypatch.setattr(chores, "CHORES", [chore("break", breaks), swept])

    run_due_chores()
    run_due_chores()

    assert done_at == ["sweep"]
    assert find_last_done(name="break") is None
    assert Duty.objects.get(name="break").due_at > timezone.now()


@pytest.mark.django_db
def test_a_duty_is_claimed_by_one_and_free_again_after_a_while():
    claim = unit_of_work(claim_duty)

    claims = [
        claim(name="sweep", now=NOON + minutes * MINUTE, at_most=10 * MINUTE)
        for minutes in (0, 0, 9, 10, 11)
    ]
    unit_of_work(complete_duty)(name="sweep", now=NOON, due_at=NOON)

    assert claims == [True, False, False, True, False]
    assert claim(name="sweep", now=NOON, at_most=MINUTE) is True


@pytest.mark.django_db
def test_the_chores_of_every_day_pass():
    old = datetime(2020, 1, 1, tzinfo=UTC)
    for status in ("SUCCESSFUL", "RUNNING", "READY"):
        DBTaskResult.objects.create(
            status=status,
            task_path=take_turn.module_path,
            backend_name="default",
            args_kwargs={"args": [0, ""], "kwargs": {}},
            started_at=None if status == "READY" else old,
        )

    run_due_chores()

    assert set(Duty.objects.exclude(done_at=None).values_list("name", flat=True)) == {
        "requeue lost runs",
        "seal audit events",
        "drop old codes",
        "drop old exports",
        "drop old keys",
        "drop old tasks",
        "drop old sessions",
        "expire cards",
        "expire points",
        "mature points",
        "retry side effects",
        "review tiers",
        "text coupons",
    }
    assert DBTaskResult.objects.get().status == "READY"


@pytest.mark.django_db
def test_resting_chores_cost_one_query(django_assert_num_queries):
    run_due_chores()

    with django_assert_num_queries(1):
        run_due_chores()


def test_only_an_ended_process_of_this_machine_is_known_to_be_gone():
    host = get_worker_name().rpartition(":")[0]
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert [is_worker_gone(holder) for holder in (f"{host}:{ended.pid}", get_worker_name())] == [
        True,
        True,
    ]
    alive = (f"{host}:{os.getppid()}", "elsewhere:1", "", "no-process:x", f"{host}:")
    assert [is_worker_gone(holder) for holder in alive] == [False] * 5
