"""Units of work: entry points open a transaction, and operations require one."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

MAX_ATTEMPTS = 5
# serialization_failure, deadlock_detected: the database undid the unit and asks for it again.
RETRYABLE_SQLSTATES = {"40001", "40P01"}

_unit_memory: ContextVar[dict[Any, Any] | None] = ContextVar("unit_memory", default=None)


def unit_of_work(operation: Callable[P, R]) -> Callable[P, R]:
    """Run ``operation`` in a transaction of its own, and refuse to run inside another unit.

    When the database reports a deadlock or a serialisation failure, the whole unit runs again,
    five times at most, so ``operation`` must not keep state outside the database.
    """

    @wraps(operation)
    def unit(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                with transaction.atomic(durable=True), _fresh_memory():
                    return operation(*args, **kwargs)
            except OperationalError as failure:
                if attempt == MAX_ATTEMPTS or not _is_retryable(failure):
                    raise
                # Two units that conflicted would conflict again if both retried at the same time.
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311
        raise AssertionError("a unit either returns or raises")

    return unit


def within_unit_of_work(step: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that must run inside a unit of work of the caller."""

    @wraps(step)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        # The transaction that a test case opens around itself is not a unit of work.
        if all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise RuntimeError(f"{step.__qualname__} was called outside a unit of work")
        return step(*args, **kwargs)

    return guarded


def get_unit_memory() -> dict[Any, Any] | None:
    """Return a dictionary that lives as long as the unit of work; None outside of one."""
    return _unit_memory.get()


@contextmanager
def _fresh_memory() -> Iterator[None]:
    token = _unit_memory.set({})
    try:
        yield
    finally:
        _unit_memory.reset(token)


def after_commit(call: Callable[[], object]) -> None:
    """Run ``call`` after the commit; never after a rollback."""
    transaction.on_commit(call)


def get_broken_constraint(failure: IntegrityError) -> str | None:
    """Return the name of the violated constraint, or None if unknown (as on SQLite)."""
    diagnostics = getattr(failure.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


def _is_retryable(failure: OperationalError) -> bool:
    return getattr(failure.__cause__, "sqlstate", None) in RETRYABLE_SQLSTATES
