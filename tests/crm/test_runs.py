"""Long work is done in turns, chunk after chunk, each exactly once."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from crm.runs import worker_turn
from crm.runs.models import Run
from crm.runs.operations.leases import take_lease
from crm.runs.operations.recovery import requeue_lost_runs
from crm.runs.operations.run_start import cancel_run, start_run
from crm.runs.queries.progress import RunProgress, get_progress
from crm.runs.stop_signal import STOP_FLAG
from crm.runs.work_kinds import UnknownWork, UnrecoverableError, register_work
from crm.runs.worker_turn import run_turn
from tests.builders import NOON, make_organization, make_origin
from tests.crm import counting_work
from tests.crm.counting_work import KIND, count, list_counted_numbers

pytestmark = pytest.mark.django_db

register_work(KIND, count)


class Killed(BaseException):
    """What no handler of the work sees, as nothing sees a kill."""


@pytest.fixture(autouse=True)
def _nothing_happens_by_the_way():
    yield
    counting_work.before.clear()
    counting_work.within.clear()
    STOP_FLAG.clear()


@pytest.fixture
def turns_of_one_chunk(monkeypatch):
    monkeypatch.setattr(worker_turn, "TURN_SECONDS", 0)


def start(total=3, **origin):
    return unit_of_work(start_run)(origin=make_origin(**origin), kind=KIND, total=total)


def turn(run):
    """Let a worker come by with the ticket that the run has now."""
    run.refresh_from_db()
    run_turn(run_id=run.pk, ticket=run.lease_token)
    run.refresh_from_db()
    return run


def lost_after(run, minutes):
    """What the chores find some minutes from now, with every other worker alive."""
    now = timezone.now() + timedelta(minutes=minutes)
    return unit_of_work(requeue_lost_runs)(now=now, is_gone=lambda holder: False)


def fail_with(error):
    def happens():
        raise error

    return happens


def test_start_queued_with_nothing_done():
    run = start(total=3, at=NOON)

    assert get_progress(org_id=run.org_id, run_id=run.pk) == RunProgress(
        id=run.pk,
        kind=KIND,
        state="QUEUED",
        step="",
        done=0,
        total=3,
        rate=0,
        seconds_left=None,
        result={},
        failure="",
        attempts=0,
        started_at=None,
        finished_at=None,
    )


def test_refuse_a_kind_that_nobody_registered():
    with pytest.raises(UnknownWork):
        unit_of_work(start_run)(origin=make_origin(), kind="tests.unheard_of")

    assert not Run.objects.exists()


def test_end_done_with_everything_counted_once():
    run = turn(start(total=3))

    assert list_counted_numbers(run) == [1, 2, 3]
    assert (run.state, run.done, run.step, run.result) == ("DONE", 3, "Counting", {"counted": 3})
    assert run.finished_at is not None
    assert (run.lease_until, run.held_by) == (None, "")


@pytest.mark.usefixtures("turns_of_one_chunk")
def test_give_others_their_turn_and_go_on_where_they_stopped():
    run = start(total=2)

    seen = []
    while not run.finished_at:
        turn(run)
        seen.append((run.state, run.done, run.resume_point, run.held_by))

    assert seen == [
        ("RUNNING", 1, {"next": 2}, ""),
        ("RUNNING", 2, {"next": 3}, ""),
        ("DONE", 2, {"next": 3}, ""),
    ]
    assert list_counted_numbers(run) == [1, 2]


@pytest.mark.usefixtures("turns_of_one_chunk")
def test_tell_rate_and_time_left_on_the_way():
    run = turn(start(total=100))

    progress = get_progress(org_id=run.org_id, run_id=run.pk)

    assert progress.rate > 0
    assert progress.seconds_left is not None


def test_are_not_shown_to_another_organization():
    run = start()

    with pytest.raises(Run.DoesNotExist):
        get_progress(org_id=make_organization().pk, run_id=run.pk)


def test_progress_costs_one_query(django_assert_num_queries):
    run = start()

    with django_assert_num_queries(1):
        get_progress(org_id=run.org_id, run_id=run.pk)


def test_ignore_a_ticket_that_was_used():
    run = start(total=2)
    ticket = run.lease_token
    turn(run)

    run_turn(run_id=run.pk, ticket=ticket)

    assert list_counted_numbers(run) == [1, 2]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("point", ["before", "within"])
def test_end_with_each_chunk_done_once_wherever_the_worker_is_killed(number, point):
    run = start(total=3)
    getattr(counting_work, point)[number] = fail_with(Killed())
    with pytest.raises(Killed):
        turn(run)
    run.refresh_from_db()
    assert list_counted_numbers(run) == list(range(1, number))
    assert (run.state, run.done, run.held_by != "") == ("RUNNING", number - 1, True)
    getattr(counting_work, point).clear()

    assert (lost_after(run, minutes=0), lost_after(run, minutes=2)) == (0, 1)
    turn(run)

    assert list_counted_numbers(run) == [1, 2, 3]
    assert (run.state, run.done) == ("DONE", 3)


def test_are_taken_back_at_once_from_a_worker_known_to_be_gone():
    run = start()
    held = unit_of_work(take_lease)(
        run_id=run.pk, ticket=run.lease_token, holder="box:17", now=timezone.now()
    )

    requeue = unit_of_work(requeue_lost_runs)
    taken = requeue(now=timezone.now(), is_gone=lambda holder: holder == "box:17")

    assert taken == 1
    run.refresh_from_db()
    assert run.lease_token != held.lease_token
    assert (run.held_by, run.attempts) == ("", 1)


def test_fail_when_workers_die_at_the_same_place_again_and_again():
    run = start(total=2)
    counting_work.within[2] = fail_with(Killed())

    for _ in range(4):
        with pytest.raises(Killed):
            turn(run)
        lost_after(run, minutes=2)

    run.refresh_from_db()
    assert (run.state, run.failure) == ("FAILED", "Its worker ended 4 times at the same place.")
    assert list_counted_numbers(run) == [1]


def test_undo_the_chunk_of_a_worker_that_lost_its_lease():
    run = start(total=3)
    counting_work.within[2] = lambda: Run.objects.update(lease_token="somebody-else")

    turn(run)

    # The theft itself was part of the unit that was undone.
    assert list_counted_numbers(run) == [1]
    assert (run.state, run.done, run.resume_point) == ("RUNNING", 1, {"next": 2})


def test_leave_the_run_to_whoever_took_it_between_two_chunks():
    run = start(total=3)
    counting_work.before[2] = lambda: Run.objects.update(lease_token="somebody-else")

    turn(run)

    assert list_counted_numbers(run) == [1]
    assert (run.state, run.lease_token) == ("RUNNING", "somebody-else")


def test_end_at_once_when_cancelled_before_they_begin():
    run = start()

    assert unit_of_work(cancel_run)(org_id=run.org_id, run_id=run.pk, now=NOON) is True

    turn(run)
    assert (run.state, run.finished_at, list_counted_numbers(run)) == ("CANCELLED", NOON, [])


@pytest.mark.usefixtures("turns_of_one_chunk")
def test_end_with_their_next_turn_when_cancelled_between_two():
    run = turn(start())

    assert unit_of_work(cancel_run)(org_id=run.org_id, run_id=run.pk, now=NOON) is True

    assert (Run.objects.get().state, turn(run).state) == ("CANCELLING", "CANCELLED")
    assert list_counted_numbers(run) == [1]


def test_commit_no_chunk_after_somebody_cancelled():
    run = start()

    def somebody_cancels():
        unit_of_work(cancel_run)(org_id=run.org_id, run_id=run.pk, now=timezone.now())

    counting_work.before[2] = somebody_cancels

    turn(run)

    assert (run.state, run.done, list_counted_numbers(run)) == ("CANCELLED", 1, [1])


def test_are_not_cancelled_when_over_nor_by_another_organization():
    run = start()

    def cancelled_by(org):
        return unit_of_work(cancel_run)(org_id=org.pk, run_id=run.pk, now=NOON)

    assert cancelled_by(make_organization()) is False
    turn(run)
    assert cancelled_by(run.org) is False
    assert Run.objects.get().state == "DONE"


def test_try_again_later_what_failed_and_forget_the_failure():
    run = start(total=2)
    counting_work.within[2] = fail_with(OSError("the disk holds 4477001"))

    turn(run)

    assert (run.state, run.done, run.attempts) == ("RUNNING", 1, 1)
    assert run.failure == f"OSError: see run {run.pk} in the log of the worker."
    assert run.lease_until > timezone.now() + timedelta(seconds=15)

    counting_work.within.clear()
    turn(run)

    assert (run.state, run.attempts, run.failure) == ("DONE", 0, "")
    assert list_counted_numbers(run) == [1, 2]


def test_fail_after_the_third_retry_with_what_was_done_kept():
    run = start(total=2)
    counting_work.within[2] = fail_with(OSError("gone"))

    states = [turn(run).state for _ in range(4)]

    assert states == ["RUNNING", "RUNNING", "RUNNING", "FAILED"]
    assert run.failure == (
        f"It failed 4 times at the same place. OSError: see run {run.pk} in the log of the worker."
    )
    assert (list_counted_numbers(run), run.done) == ([1], 1)


def test_fail_at_once_with_the_reason_when_no_retry_can_help():
    run = start()
    counting_work.before[1] = fail_with(UnrecoverableError("The uploaded file is gone."))

    turn(run)

    assert (run.state, run.failure) == ("FAILED", "The uploaded file is gone.")


def test_give_the_lease_back_after_the_chunk_at_hand_when_asked_to_stop():
    run = start(total=3)
    counting_work.within[2] = STOP_FLAG.set

    turn(run)

    assert list_counted_numbers(run) == [1, 2]
    assert (run.state, run.held_by, run.attempts) == ("RUNNING", "", 0)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others need not wait for writers")
def test_leave_the_write_lock_to_others_for_longer_than_they_sleep(monkeypatch):
    monkeypatch.setattr(worker_turn, "SQLITE_MAX_LOCKED_SECONDS", 0)
    began = time.monotonic()

    turn(start(total=3))

    assert time.monotonic() - began >= 3 * 0.1


def test_of_one_name_are_registered_once():
    with pytest.raises(ValueError, match=KIND):
        register_work(KIND, lambda run, origin: iter(()))
