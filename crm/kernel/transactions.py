"""Units of work: entry points open a transaction, and operations require one."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

MAX_ATTEMPTS = 5
# serialization_failure, deadlock_detected: the database undid the unit and asks for it again.
RETRYABLE_SQLSTATES = {"40001", "40P01"}

# In the memory of a unit: it is not the first attempt.
_REPEATED = "transactions.repeated"

_unit_memory: ContextVar[dict[Any, Any] | None] = ContextVar("unit_memory", default=None)


class StaleDecision(Exception):
    """Another unit changed, in the meantime, what this one has decided by."""


@dataclass(frozen=True, slots=True, eq=False)
class _Deferred:
    """Work for the end of a unit. As a callback of the transaction, a rollback discards it."""

    memory: dict[Any, Any]
    write: Callable[[Sequence[Any]], None]
    item: Any

    def __call__(self) -> None:
        """Do nothing after the commit: the work was done before."""


def unit_of_work(operation: Callable[P, R]) -> Callable[P, R]:
    """Run ``operation`` in a transaction of its own, and refuse to run inside another unit.

    When the database reports a deadlock or a serialisation failure, or the unit ends with a
    ``StaleDecision``, the whole unit runs again, five times at most, so ``operation`` must not keep
    state outside the database.
    """

    @wraps(operation)
    def unit(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                with transaction.atomic(durable=True), _fresh_memory(repeated=attempt > 1):
                    result = operation(*args, **kwargs)
                    _write_deferred()
                    return result
            except (OperationalError, StaleDecision) as failure:
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


def is_repeated() -> bool:
    """Return whether the unit of work runs again, because its first attempt was in vain."""
    return _REPEATED in (get_unit_memory() or {})


def write_before_commit(write: Callable[[Sequence[Any]], None], item: Any) -> None:
    """Call ``write`` once at the end of the unit of work, with all items that were passed for it.

    Rows that many units change are written so: the others wait for the commit only. A rollback to
    a savepoint discards its items. In a transaction that is no unit, ``write`` is called at once.
    """
    memory = get_unit_memory()
    if memory is None:
        write([item])
    else:
        transaction.on_commit(_Deferred(memory, write, item))


def list_deferred(write: Callable[[Sequence[Any]], None]) -> list[Any]:
    """Return the items for ``write`` that wait for the end of this unit."""
    return [deferred.item for deferred in _list_deferred() if deferred.write == write]


def _list_deferred() -> list[_Deferred]:
    memory = get_unit_memory()
    callbacks = [entry[1] for entry in connection.run_on_commit]
    # A test case never commits, so callbacks of its earlier units are there as well.
    return [c for c in callbacks if isinstance(c, _Deferred) and c.memory is memory]


def _write_deferred() -> None:
    items: dict[Callable[[Sequence[Any]], None], list[Any]] = {}
    for deferred in _list_deferred():
        items.setdefault(deferred.write, []).append(deferred.item)
    for write, written in items.items():
        write(written)


@contextmanager
def _fresh_memory(*, repeated: bool) -> Iterator[None]:
    token = _unit_memory.set({_REPEATED: True} if repeated else {})
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


def _is_retryable(failure: Exception) -> bool:
    if isinstance(failure, StaleDecision):
        return True
    return getattr(failure.__cause__, "sqlstate", None) in RETRYABLE_SQLSTATES
