"""Combinations of settings that start well and go wrong later."""

import pytest

from crm.ops.checks import (
    FILE_CACHE,
    check_cache_is_shared,
    check_demo_is_off_in_production,
    check_pool_size,
)


@pytest.fixture
def database(settings, monkeypatch):
    """Say something else about the database; the connections in use are not told."""
    monkeypatch.setattr(settings._wrapped, "DATABASES", {"default": {}})
    return settings.DATABASES["default"]


@pytest.mark.parametrize(("demo", "secure", "ids"), [(1, 1, ["crm.E001"]), (1, 0, []), (0, 1, [])])
def test_the_demo_stays_at_home(settings, demo, secure, ids):
    settings.CRM_DEMO, settings.SESSION_COOKIE_SECURE = demo, secure

    assert [each.id for each in check_demo_is_off_in_production()] == ids


@pytest.mark.parametrize(("backend", "ids"), [(FILE_CACHE, ["crm.W002"]), ("redis", [])])
def test_machines_share_their_counters(settings, database, backend, ids):
    settings.CRM_DEMO = False
    database["ENGINE"] = "django.db.backends.postgresql"
    settings.CACHES = {"default": {"BACKEND": backend}}

    assert [each.id for each in check_cache_is_shared()] == ids


@pytest.mark.parametrize(("size", "ids"), [(3, ["crm.E003"]), (4, [])])
def test_each_thread_finds_a_connection(settings, database, size, ids):
    settings.WEB_THREADS = 4
    database["OPTIONS"] = {"pool": {"max_size": size}}

    assert [each.id for each in check_pool_size()] == ids
