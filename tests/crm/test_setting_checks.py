"""Combinations of settings that start well and go wrong later."""

import pytest

from crm.ops.checks import (
    FILES,
    a_cache_that_all_machines_see,
    a_pool_for_every_thread,
    no_demo_behind_https,
)


@pytest.fixture
def database(settings, monkeypatch):
    """Say something else about the database; the connections in use are not told."""
    monkeypatch.setattr(settings._wrapped, "DATABASES", {"default": {}})
    return settings.DATABASES["default"]


@pytest.mark.parametrize(
    ("demo", "secure", "found"), [(1, 1, ["crm.E001"]), (1, 0, []), (0, 1, [])]
)
def test_the_demo_stays_at_home(settings, demo, secure, found):
    settings.CRM_DEMO, settings.SESSION_COOKIE_SECURE = demo, secure

    assert [each.id for each in no_demo_behind_https()] == found


@pytest.mark.parametrize(("backend", "found"), [(FILES, ["crm.W002"]), ("redis", [])])
def test_machines_share_their_counters(settings, database, backend, found):
    settings.CRM_DEMO = False
    database["ENGINE"] = "django.db.backends.postgresql"
    settings.CACHES = {"default": {"BACKEND": backend}}

    assert [each.id for each in a_cache_that_all_machines_see()] == found


@pytest.mark.parametrize(("size", "found"), [(3, ["crm.E003"]), (4, [])])
def test_each_thread_finds_a_connection(settings, database, size, found):
    settings.WEB_THREADS = 4
    database["OPTIONS"] = {"pool": {"max_size": size}}

    assert [each.id for each in a_pool_for_every_thread()] == found
