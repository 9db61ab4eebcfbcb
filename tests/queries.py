"""Counting what a call asks of the database."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def count_queries(call: Callable[[], object]) -> int:
    """How many statements the call sends; those that only mark a transaction's ends included."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)
