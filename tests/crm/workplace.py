"""A worker in a process of its own, on the database of the test."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

from django.conf import settings
from django.db import connection

STATE = "SELECT state, done, held_by FROM runs_run ORDER BY id DESC LIMIT 1"


class WorkerHarness:
    """The database of the test, where workers in other processes find it as well.

    The test's SQLite is in memory, so they get a copy in a file, and the test looks there.
    """

    def __init__(self, directory, settings_module, **environment):
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
            "DJANGO_SETTINGS_MODULE": settings_module,
            "DATABASE_URL": url,
            **environment,
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

    def fetch(self, query):
        if self.file:
            with closing(sqlite3.connect(self.file)) as database:
                return database.execute(query.replace("%%", "%")).fetchall()
        with connection.cursor() as cursor:
            cursor.execute(query, [])
            return cursor.fetchall()

    @property
    def run(self):
        return self.fetch(STATE)[0]

    def wait_until(self, fact):
        end = time.monotonic() + 60
        while not fact(*self.run):
            assert self.workers[-1].poll() is None, "the worker ended by itself"
            assert time.monotonic() < end, f"still {self.run}"
            time.sleep(0.02)

    def end(self):
        for worker in self.workers:
            worker.kill()
            worker.wait()
