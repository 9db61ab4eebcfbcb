"""The database and the cache, configured by DATABASE_URL and CACHE_URL."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from crm.settings.environment import VAR_DIR, env, read_positive

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
CHECKED_POSTGRESQL = "crm.ops.postgresql"
REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"
FILE_CACHE = "django.core.cache.backends.filebased.FileBasedCache"
# The same, but the program goes on without them.
OPTIONAL_CACHES = {
    REDIS_CACHE: "crm.ops.optional_cache.OptionalRedisCache",
    FILE_CACHE: "crm.ops.optional_cache.OptionalFileCache",
}


def database() -> dict[str, Any]:
    """SQLite under var/ unless DATABASE_URL names another database."""
    url = env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'crm.sqlite3'}")
    if url["ENGINE"] == SQLITE:
        return {
            **url,
            "OPTIONS": {**url.get("OPTIONS", {}), **_sqlite_options()},
            # Opening the file again would cost three times as much as the request.
            "CONN_MAX_AGE": None,
        }
    if url["ENGINE"] == POSTGRESQL:
        return _postgresql(url)
    raise ImproperlyConfigured(f"DATABASE_URL must name SQLite or PostgreSQL, not {url['ENGINE']}")


def _sqlite_options() -> dict[str, Any]:
    return {
        # A unit that reads before it writes would otherwise fail at its first write when
        # another unit wrote in between; taking the lock at BEGIN makes it wait instead.
        "transaction_mode": "IMMEDIATE",
        # Resetting the demo holds the only write lock for ten seconds, longer on a busy machine.
        "timeout": 40,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
        ),
    }


def _postgresql(url: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {
        # A machine that is gone answers nothing; without this a request waits two minutes for it.
        "connect_timeout": 5,
        **url.get("OPTIONS", {}),
        # Prepared statements halve PostgreSQL's share of a request; Django turns them off.
        "prepare_threshold": 1,
        "server_side_binding": True,
    }
    pooled = env.int("DATABASE_POOL_SIZE", default=0)
    if pooled:
        options["pool"] = {"min_size": 1, "max_size": pooled, "timeout": 10}
    return {
        **url,
        "ENGINE": CHECKED_POSTGRESQL,
        "OPTIONS": options,
        # Without a pool each thread keeps its connection; Django does not allow both.
        "CONN_MAX_AGE": 0 if pooled else None,
        "CONN_HEALTH_CHECKS": True,
    }


def cache() -> dict[str, Any]:
    """Redis, or whatever CACHE_URL names; else files under var/.

    All web processes must share throttle counters and remembered log-ins, so local memory does not
    do. A table would, but on SQLite each count would wait for the one write lock behind a running
    import, and a rollback would undo its count.
    """
    if url := env.str("CACHE_URL", default=""):
        return {"KEY_PREFIX": "crm", **env.cache_url_config(url)}
    return {
        "BACKEND": FILE_CACHE,
        "LOCATION": str(VAR_DIR / "cache"),
        # Incrementing a count resets its time to live; the longest counts run for an hour.
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": read_positive("CACHE_MAX_ENTRIES", 10_000)},
    }


def make_optional(config: dict[str, Any]) -> dict[str, Any]:
    """Return the cache as one whose absence slows requests and fails none."""
    optional = {**config, "BACKEND": OPTIONAL_CACHES.get(config["BACKEND"], config["BACKEND"])}
    if config["BACKEND"] == REDIS_CACHE:
        optional["OPTIONS"] = {
            # The library would wait and try again for minutes.
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            # Once more at once, for a connection that Redis closed while it was idle.
            "retry": Retry(NoBackoff(), 1),
            **config.get("OPTIONS", {}),
        }
    return optional
