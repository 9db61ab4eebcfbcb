"""Units of work: opened by doors, run again after a deadlock, insisted on by steps."""

import pytest
from django.db import OperationalError, transaction

from crm.kernel.transactions import (
    StaleDecision,
    after_commit,
    is_repeated,
    list_deferred,
    unit_of_work,
    within_unit_of_work,
    write_before_commit,
)
from crm.tenancy.models import Organization

pytestmark = pytest.mark.django_db


class Deadlock(Exception):
    sqlstate = "40P01"


def deadlocked():
    failure = OperationalError("deadlock detected")
    failure.__cause__ = Deadlock()
    return failure


def test_commits_everything_or_nothing():
    @unit_of_work
    def fail_halfway():
        Organization.objects.create(code="half", name="Half")
        raise ValueError

    with pytest.raises(ValueError):
        fail_halfway()

    assert not Organization.objects.exists()


def test_refuses_to_run_inside_another_unit():
    inner = unit_of_work(lambda: None)

    with pytest.raises(RuntimeError, match="durable"):
        unit_of_work(inner)()


def test_a_step_refuses_to_run_outside_a_unit():
    step = within_unit_of_work(lambda: "done")

    with pytest.raises(RuntimeError, match="outside a unit of work"):
        step()

    assert unit_of_work(step)() == "done"


def test_runs_again_when_the_database_asks_for_it():
    attempts = []

    @unit_of_work
    def lucky_the_third_time():
        attempts.append(transaction.get_connection().in_atomic_block)
        Organization.objects.create(code="lucky", name="Lucky")
        if len(attempts) < 3:
            raise deadlocked()
        return "done"

    assert lucky_the_third_time() == "done"
    assert attempts == [True, True, True]
    assert Organization.objects.count() == 1


def test_gives_up_after_five_attempts():
    attempts = []

    @unit_of_work
    def never():
        attempts.append(1)
        raise deadlocked()

    with pytest.raises(OperationalError):
        never()

    assert len(attempts) == 5


def test_does_not_repeat_what_failed_for_another_reason():
    attempts = []

    @unit_of_work
    def broken():
        attempts.append(1)
        raise OperationalError("the server closed the connection")

    with pytest.raises(OperationalError):
        broken()

    assert len(attempts) == 1


def test_what_waits_for_the_commit_never_runs_when_the_unit_is_undone(
    django_capture_on_commit_callbacks,
):
    calls = []

    @unit_of_work
    def say(then):
        after_commit(lambda: calls.append("said"))
        then()

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        say(lambda: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        say(lambda: None)

    assert calls == ["said"]


def test_runs_again_when_its_decision_is_stale_and_knows_it():
    attempts = []

    @unit_of_work
    def outrun_once():
        attempts.append(is_repeated())
        if len(attempts) == 1:
            raise StaleDecision("somebody was faster")
        return "done"

    assert outrun_once() == "done"
    assert attempts == [False, True]


def test_writes_at_its_end_once_what_was_left_for_it():
    writes = []

    @unit_of_work
    def count():
        write_before_commit(writes.append, 1)
        write_before_commit(writes.append, 2)
        return list_deferred(writes.append), list(writes)

    assert count() == ([1, 2], [])
    assert count() == ([1, 2], [[1, 2]])
    assert writes == [[1, 2], [1, 2]]


def test_leaves_out_what_a_rollback_to_a_savepoint_has_undone():
    writes = []

    @unit_of_work
    def rehearse_and_count():
        with transaction.atomic():
            write_before_commit(writes.append, "rehearsed")
            transaction.set_rollback(True)
        write_before_commit(writes.append, "done")

    rehearse_and_count()

    assert writes == [["done"]]


def test_writes_nothing_at_its_end_when_it_fails():
    writes = []

    @unit_of_work
    def fail():
        write_before_commit(writes.append, 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert writes == []


def test_a_transaction_that_is_no_unit_writes_at_once():
    writes = []

    write_before_commit(writes.append, 1)

    assert writes == [[1]]
