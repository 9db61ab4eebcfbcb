"""System checks for combinations of settings that fail only later."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

FILE_CACHE = "crm.ops.optional_cache.OptionalFileCache"


@register("crm")
def check_demo_is_off_in_production(**kwargs: Any) -> list[CheckMessage]:
    """The demo's log-ins are published in the README."""
    if settings.CRM_DEMO and settings.SESSION_COOKIE_SECURE:
        return [
            Error(
                "CRM_DEMO is on with production settings: anybody can log in.",
                hint="Unset CRM_DEMO.",
                id="crm.E001",
            )
        ]
    return []


@register("crm")
def check_cache_is_shared(**kwargs: Any) -> list[CheckMessage]:
    """With PostgreSQL there may be several machines, which do not share a local directory."""
    is_postgresql = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    if (
        is_postgresql
        and settings.CACHES["default"]["BACKEND"] == FILE_CACHE
        and not settings.CRM_DEMO
    ):
        return [
            Warning(
                "Rate limits and remembered log-ins are counted per machine.",
                hint="Set CACHE_URL to a Redis that all web machines use.",
                id="crm.W002",
            )
        ]
    return []


@register("crm")
def check_pool_size(**kwargs: Any) -> list[CheckMessage]:
    """A thread that waits ten seconds for a connection responds with 503."""
    pool = settings.DATABASES["default"].get("OPTIONS", {}).get("pool")
    if pool and pool["max_size"] < settings.WEB_THREADS:
        return [
            Error(
                f"{settings.WEB_THREADS} threads share {pool['max_size']} connections.",
                hint="Raise DATABASE_POOL_SIZE to WEB_THREADS at least.",
                id="crm.E003",
            )
        ]
    return []
