"""Counting database queries."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def count_queries(call: Callable[[], object]) -> int:
    """Return the number of statements of a call, including those that begin or end transactions."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)
