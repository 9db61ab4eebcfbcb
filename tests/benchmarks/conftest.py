"""Fixtures that the benchmarks share."""

import gc

import pytest

from crm.ops.worker import tune_garbage_collector


@pytest.fixture
def worker_gc():
    """Set the garbage collector as the worker does, for all contenders."""
    before = gc.get_threshold()
    tune_garbage_collector()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
