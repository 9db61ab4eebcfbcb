"""A worker in a process of its own may be killed at any moment, and stops when asked to."""

import signal

import pytest
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from crm.runs.operations.run_start import start_run
from crm.runs.work_kinds import register_work
from tests.builders import make_origin
from tests.crm.counting_work import KIND, count
from tests.crm.workplace import WorkerHarness

pytestmark = pytest.mark.django_db(transaction=True)

register_work(KIND, count)

NUMBERS = "SELECT name FROM tenancy_organization WHERE code LIKE 'run-%%'"


@pytest.fixture
def workplace(tmp_path):
    origin = make_origin(at=timezone.now())
    unit_of_work(start_run)(origin=origin, kind=KIND, total=1_500)
    place = WorkerHarness(tmp_path, "tests.crm.settings_with_counting")
    yield place
    place.end()


def numbers(workplace):
    return sorted(int(name) for (name,) in workplace.fetch(NUMBERS))


def test_killed_in_the_middle_again_and_again_every_number_is_done_once(workplace):
    for kill_after in (1, 400, 800):
        worker = workplace.start_worker()
        workplace.wait_until(
            lambda state, done_count, held_by, enough=kill_after: done_count >= enough
        )
        worker.kill()
        worker.wait()
        assert workplace.run[0] == "RUNNING"
        assert numbers(workplace) == list(range(1, workplace.run[1] + 1))

    workplace.start_worker()
    workplace.wait_until(lambda state, done_count, held_by: state == "DONE")

    assert numbers(workplace) == list(range(1, 1_501))
    assert workplace.run == ("DONE", 1_500, "")


@pytest.mark.parametrize("politely", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_gives_the_run_back_and_ends_well(workplace, politely):
    worker = workplace.start_worker()
    workplace.wait_until(lambda state, done_count, held_by: done_count >= 1)

    worker.send_signal(politely)
    worker.send_signal(politely)

    assert worker.wait(timeout=10) == 0
    state, done_count, held_by = workplace.run
    assert (state, held_by) == ("RUNNING", "")
    assert 1 <= done_count < 1_500
    assert numbers(workplace) == list(range(1, done_count + 1))


def test_asked_to_stop_while_idle_it_ends_at_once(workplace):
    worker = workplace.start_worker()
    workplace.wait_until(lambda state, done_count, held_by: state == "DONE")

    worker.terminate()

    assert worker.wait(timeout=5) == 0


@pytest.mark.races
def test_cut_off_from_the_database_it_comes_back_and_does_every_number_once(workplace):
    worker = workplace.start_worker()
    workplace.wait_until(lambda state, done_count, held_by: done_count >= 100)

    workplace.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    workplace.wait_until(lambda state, done_count, held_by: state == "DONE")

    assert numbers(workplace) == list(range(1, 1_501))
    assert worker.poll() is None
