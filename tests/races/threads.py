"""Calls that start together, each in a thread of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from crm.kernel.errors import DomainError


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls in threads that start together; errors are returned by name."""
    together = Barrier(len(calls))

    def run(call):
        try:
            together.wait()
            return call()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
