"""What every test may ask for, and which tests this machine cannot run."""

import os
import shutil

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from crm.approvals.append_only import lifted_triggers as lifted_approval_triggers
from crm.audit.append_only import lifted_triggers
from crm.kernel import org_cache
from crm.tenancy.queries import rate_limits
from loyalty.append_only import lifted_triggers as lifted_ledger_triggers
from loyalty.queries.ledger_check import find_ledger_violations
from tests.prepared_database import prepared_schema

# A machine with something else to do makes examples slowly, and is no fault of a test.
hypothesis.settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any machine")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# It asks nobody on the network, and needs no graphics card.
CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NEEDS = {
    "races": (
        lambda: "postgresql" in settings.DATABASES["default"]["ENGINE"],
        "SQLite lets one writer in at a time; set DATABASE_URL to a PostgreSQL",
    ),
    "browser": (lambda: CHROMIUM is not None, "no Chromium on this machine"),
}


def pytest_collection_modifyitems(items):
    # Playwright keeps an event loop running in the process once it has begun, and what is not made
    # for that (the ORM, asyncio.run) fails beside it: journeys in the browser come last.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    for item in items:
        for marker, (available, reason) in NEEDS.items():
            if item.get_closest_marker(marker) and not available():
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker):
    """Start from a kept copy of the schema (see prepared_database.py)."""
    with django_db_blocker.unblock(), prepared_schema():
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """What one test left in caches must not reach the next, nor grow old in the middle of it."""
    cache.clear()
    # Kept by the process: a test that meets the end of their time would count one query more.
    rate_limits._entries.clear()
    org_cache._entries.clear()


@pytest.fixture(autouse=True, scope="session")
def _flush_may_empty_the_audit_log():
    """Between two tests that commit, and the ledger with it."""
    kind = type(connection.ops)
    flush = kind.execute_sql_flush

    def flush_with_triggers_lifted(operations, sql_list):
        with (
            lifted_triggers(operations.connection),
            lifted_ledger_triggers(operations.connection),
            lifted_approval_triggers(operations.connection),
        ):
            flush(operations, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "execute_sql_flush", flush_with_triggers_lifted)
        yield


@pytest.fixture
def tasks_run_at_once(settings):
    """Run background tasks inside the request that enqueues them."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Drive the distribution's Chromium; the sandbox refuses to run as root."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [*CHROMIUM_FLAGS, *sandbox],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1360, "height": 900}}


@pytest.fixture
def _playwright_beside_django(monkeypatch):
    # Playwright's own loop runs in the test's thread; Django takes that for async code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_runtest_setup(item):
    if item.get_closest_marker("browser"):
        # The database is set up before the browser, so that it outlives it.
        item.fixturenames[:0] = ["django_db_setup", "_playwright_beside_django"]


@pytest.fixture
def sums_hold(db):
    """After the test, the sums of the points ledger agree with its entries."""
    yield
    assert find_ledger_violations() == []
