"""A worker in a process of its own may be killed at any moment, and stops when asked to."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from crm.runs.operations.starting import start_run
from crm.runs.work import register_work
from tests.builders import make_origin
from tests.crm.counting_work import KIND, count

pytestmark = pytest.mark.django_db(transaction=True)

register_work(KIND, count)

STATE = "SELECT state, done, held_by FROM runs_run"
NUMBERS = "SELECT name FROM tenancy_organization WHERE code LIKE 'run-%%'"


class Workplace:
    """The database of the test, where workers in other processes find it as well.

    The test's SQLite is in memory, so they get a copy in a file, and the test looks there.
    """

    def __init__(self, directory):
        self.workers = []
        self.file = None
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
        if connection.vendor == "sqlite":
            self.file = directory / "workplace.sqlite3"
            url = f"sqlite:///{self.file}"
            with closing(sqlite3.connect(self.file)) as copy:
                connection.connection.backup(copy)
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.crm.settings_with_counting",
            "DATABASE_URL": url,
        }

    def start_worker(self):
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "work"],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )
        self.workers.append(worker)
        return worker

    def look(self, query):
        if self.file:
            with closing(sqlite3.connect(self.file)) as database:
                return database.execute(query.replace("%%", "%")).fetchall()
        with connection.cursor() as cursor:
            cursor.execute(query, [])
            return cursor.fetchall()

    @property
    def run(self):
        return self.look(STATE)[0]

    def wait_until(self, fact):
        end = time.monotonic() + 60
        while not fact(*self.run):
            assert self.workers[-1].poll() is None, "the worker ended by itself"
            assert time.monotonic() < end, f"still {self.run}"
            time.sleep(0.02)

    def numbers(self):
        return sorted(int(name) for (name,) in self.look(NUMBERS))


@pytest.fixture
def workplace(tmp_path):
    origin = make_origin(at=timezone.now())
    unit_of_work(start_run)(origin=origin, kind=KIND, total=1_500)
    place = Workplace(tmp_path)
    yield place
    for worker in place.workers:
        worker.kill()
        worker.wait()


def test_killed_in_the_middle_again_and_again_every_number_is_done_once(workplace):
    for kill_after in (1, 400, 800):
        worker = workplace.start_worker()
        workplace.wait_until(lambda state, done, held_by, enough=kill_after: done >= enough)
        worker.kill()
        worker.wait()
        assert workplace.run[0] == "RUNNING"
        assert workplace.numbers() == list(range(1, workplace.run[1] + 1))

    workplace.start_worker()
    workplace.wait_until(lambda state, done, held_by: state == "DONE")

    assert workplace.numbers() == list(range(1, 1_501))
    assert workplace.run == ("DONE", 1_500, "")


@pytest.mark.parametrize("politely", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_gives_the_run_back_and_ends_well(workplace, politely):
    worker = workplace.start_worker()
    workplace.wait_until(lambda state, done, held_by: done >= 1)

    worker.send_signal(politely)
    worker.send_signal(politely)

    assert worker.wait(timeout=10) == 0
    state, done, held_by = workplace.run
    assert (state, held_by) == ("RUNNING", "")
    assert 1 <= done < 1_500
    assert workplace.numbers() == list(range(1, done + 1))


def test_asked_to_stop_while_idle_it_ends_at_once(workplace):
    worker = workplace.start_worker()
    workplace.wait_until(lambda state, done, held_by: state == "DONE")

    worker.terminate()

    assert worker.wait(timeout=5) == 0


@pytest.mark.races
def test_cut_off_from_the_database_it_comes_back_and_does_every_number_once(workplace):
    worker = workplace.start_worker()
    workplace.wait_until(lambda state, done, held_by: done >= 100)

    workplace.look(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    workplace.wait_until(lambda state, done, held_by: state == "DONE")

    assert workplace.numbers() == list(range(1, 1_501))
    assert worker.poll() is None
