"""Two workers on one run: one of them works, and nothing is done twice."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connection
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from crm.ops.worker import OneTaskWorker
from crm.runs import worker_turn
from crm.runs.models import Run
from crm.runs.operations.duties import claim_duty
from crm.runs.operations.recovery import requeue_lost_runs
from crm.runs.operations.run_start import cancel_run, start_run
from crm.runs.work_kinds import register_work
from crm.runs.worker_turn import run_turn
from tests.builders import make_origin
from tests.crm import counting_work
from tests.crm.counting_work import KIND, count, list_counted_numbers

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

register_work(KIND, count)


@pytest.fixture(autouse=True)
def _nothing_happens_by_the_way():
    yield
    counting_work.before.clear()
    counting_work.within.clear()


def start(total):
    return unit_of_work(start_run)(origin=make_origin(at=timezone.now()), kind=KIND, total=total)


def at_once(times, call):
    together = Barrier(times)

    def in_thread(_):
        try:
            together.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(in_thread, range(times)))


def in_thread(call):
    def and_close():
        try:
            return call()
        finally:
            connection.close()

    return ThreadPoolExecutor(1).submit(and_close)


def test_one_ticket_lets_one_worker_in():
    run = start(total=50)

    at_once(4, lambda: run_turn(run_id=run.pk, ticket=run.lease_token))

    run.refresh_from_db()
    assert (run.state, run.done) == ("DONE", 50)
    assert list_counted_numbers(run) == list(range(1, 51))


def test_workers_at_one_queue_do_each_number_of_each_run_once(monkeypatch):
    monkeypatch.setattr(worker_turn, "TURN_SECONDS", 0.01)
    runs = [start(total=60) for _ in range(3)]

    def work_until_all_is_done():
        while Run.objects.open().exists():
            OneTaskWorker().run()

    at_once(3, work_until_all_is_done)

    assert [list_counted_numbers(run) for run in runs] == [list(range(1, 61))] * 3
    assert Counter(Run.objects.values_list("state", "done")) == {("DONE", 60): 3}


def test_a_worker_that_was_taken_for_dead_undoes_its_chunk():
    run = start(total=3)
    asleep, awake = Event(), Event()

    def sleep_through_the_lease():
        if not asleep.is_set():
            asleep.set()
            awake.wait(timeout=20)

    counting_work.before[2] = sleep_through_the_lease
    slow = in_thread(lambda: run_turn(run_id=run.pk, ticket=run.lease_token))
    asleep.wait(timeout=20)

    unit_of_work(requeue_lost_runs)(
        now=timezone.now() + timedelta(minutes=5), is_gone=lambda holder: False
    )
    run.refresh_from_db()
    run_turn(run_id=run.pk, ticket=run.lease_token)
    awake.set()
    slow.result(timeout=20)

    run.refresh_from_db()
    assert (run.state, run.done, list_counted_numbers(run)) == ("DONE", 3, [1, 2, 3])


def test_two_that_take_lost_runs_back_queue_each_once():
    run = start(total=1)
    Run.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_token="lost")
    later = timezone.now()

    taken = at_once(
        4, lambda: unit_of_work(requeue_lost_runs)(now=later, is_gone=lambda holder: False)
    )

    assert sorted(taken) == [0, 0, 0, 1]
    run.refresh_from_db()
    assert run.lease_token != "lost"


def test_cancelling_meets_a_worker_at_any_moment_and_one_of_them_ends_the_run():
    for _ in range(10):
        run = start(total=5)
        working = in_thread(lambda run=run: run_turn(run_id=run.pk, ticket=run.lease_token))
        time.sleep(0.003)

        is_requested = unit_of_work(cancel_run)(
            org_id=run.org_id, run_id=run.pk, now=timezone.now()
        )
        working.result(timeout=20)

        run.refresh_from_db()
        assert list_counted_numbers(run) == list(range(1, run.done + 1))
        assert run.state == ("CANCELLED" if run.done < 5 else "DONE") or is_requested
        assert run.finished_at is not None


def test_one_of_many_workers_does_a_chore():
    now = timezone.now()

    first = at_once(
        6, lambda: unit_of_work(claim_duty)(name="sweep", now=now, at_most=timedelta(minutes=1))
    )
    again = at_once(
        6,
        lambda: unit_of_work(claim_duty)(
            name="sweep", now=now + timedelta(minutes=2), at_most=timedelta(minutes=1)
        ),
    )

    assert [sorted(claims) for claims in (first, again)] == [[False] * 5 + [True]] * 2
