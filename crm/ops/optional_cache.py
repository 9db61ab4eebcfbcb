"""Shared caches that may be away: requests get slower, and none fails.

A value that cannot be read is missing, and one that cannot be written is not kept. After a failure
the process leaves the cache alone for a moment, so that a request waits for it once at most.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from django.core.cache.backends import filebased, redis
from django.core.cache.backends.base import BaseCache
from redis.exceptions import RedisError

PAUSE_SECONDS = 2.0

log = structlog.get_logger(__name__)


def _optional(name: str, build_missing: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method of the cache, which answers ``build_missing()`` while the cache is away."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        kind, call = type(self), getattr(super(_OptionalMixin, self), name)
        if self.is_inside:
            # One method of the cache calls another, and must hear that it failed.
            return call(*args, **kwargs)
        if time.monotonic() < kind.paused_until:
            return build_missing(*args, **kwargs)
        self.is_inside = True
        try:
            return call(*args, **kwargs)
        except (RedisError, OSError) as failure:
            kind.paused_until = time.monotonic() + PAUSE_SECONDS
            log.error("cache_away", reason=str(failure))
            return build_missing(*args, **kwargs)
        finally:
            self.is_inside = False

    method.__name__ = name
    return method


def _get_default(key: Any, default: Any = None, version: int | None = None) -> Any:
    return default


def _raise_missing(key: Any, *args: Any, **kwargs: Any) -> int:
    # What every cache raises for a count that it does not hold.
    raise ValueError(f"Key '{key}' not found")


class _OptionalMixin(BaseCache):
    """Must come before the cache's own class in the bases."""

    # Of the process, because each thread has a cache object of its own.
    paused_until = 0.0
    is_inside = False

    add = _optional("add", lambda *args, **kwargs: False)
    get = _optional("get", _get_default)
    set = _optional("set", lambda *args, **kwargs: None)
    touch = _optional("touch", lambda *args, **kwargs: False)
    delete = _optional("delete", lambda *args, **kwargs: False)
    get_many = _optional("get_many", lambda *args, **kwargs: {})
    has_key = _optional("has_key", lambda *args, **kwargs: False)
    incr = _optional("incr", _raise_missing)
    set_many = _optional("set_many", lambda data, *args, **kwargs: list(data))
    delete_many = _optional("delete_many", lambda *args, **kwargs: None)
    clear = _optional("clear", lambda *args, **kwargs: False)


class OptionalRedisCache(_OptionalMixin, redis.RedisCache):
    pass


class OptionalFileCache(_OptionalMixin, filebased.FileBasedCache):
    def _createdir(self) -> None:
        # Called by the constructor too. Without the directory, the next write fails and is logged.
        with suppress(OSError):
            super()._createdir()  # type: ignore[misc]  # its stubs leave it out
