"""Combinations of settings that start well and go wrong later."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

FILES = "django.core.cache.backends.filebased.FileBasedCache"


@register("crm")
def no_demo_behind_https(**kwargs: Any) -> list[CheckMessage]:
    """The demo's log-ins are printed in the README."""
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
def a_cache_that_all_machines_see(**kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL means that a second machine may join; a directory of this one is not shared."""
    served = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    if served and settings.CACHES["default"]["BACKEND"] == FILES and not settings.CRM_DEMO:
        return [
            Warning(
                "Rate limits and remembered log-ins are counted per machine.",
                hint="Set CACHE_URL to a Redis that all web machines use.",
                id="crm.W002",
            )
        ]
    return []


@register("crm")
def a_pool_for_every_thread(**kwargs: Any) -> list[CheckMessage]:
    """A thread that waits ten seconds for a connection answers 500."""
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
