"""Who opens a transaction: doors do, and the steps behind them insist on it."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

MOST_ATTEMPTS = 5
# serialization_failure, deadlock_detected: the database undid the unit and asks for it again.
TRY_AGAIN = {"40001", "40P01"}


def unit_of_work(operation: Callable[P, R]) -> Callable[P, R]:
    """Commit everything in ``operation`` or nothing, and refuse to run inside another unit.

    When the database reports a deadlock or a serialisation failure, the whole unit runs again,
    five times at most, so ``operation`` must not keep state outside the database.
    """

    @wraps(operation)
    def unit(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                with transaction.atomic(durable=True):
                    return operation(*args, **kwargs)
            except OperationalError as failure:
                if attempt == MOST_ATTEMPTS or not _is_worth_another_try(failure):
                    raise
                # Two units that met once would meet again if both came back at the same moment.
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311
        raise AssertionError("a unit either returns or raises")

    return unit


def within_unit_of_work(step: Callable[P, R]) -> Callable[P, R]:
    """Mark a step that only makes sense inside somebody else's unit of work."""

    @wraps(step)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        # The wrapper that a test case opens around itself is not a unit of work.
        if all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise RuntimeError(f"{step.__qualname__} was called outside a unit of work")
        return step(*args, **kwargs)

    return guarded


def after_commit(call: Callable[[], object]) -> None:
    """Run ``call`` once the unit is safe; never when it is undone."""
    transaction.on_commit(call)


def broken_constraint(failure: IntegrityError) -> str | None:
    """The name of the constraint that refused a row, where the database tells (SQLite does not)."""
    told = getattr(failure.__cause__, "diag", None)
    return getattr(told, "constraint_name", None)


def _is_worth_another_try(failure: OperationalError) -> bool:
    return getattr(failure.__cause__, "sqlstate", None) in TRY_AGAIN
