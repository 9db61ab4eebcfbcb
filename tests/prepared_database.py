"""The migrated schema is made once and kept; each test run starts from a copy of it.

Migrating an empty database takes longer than most test files. The copy is keyed by everything that
the schema is made from, so a changed migration makes a new one.
"""

import fcntl
import hashlib
import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import django.core.management
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "var" / "test-schemas"


def schema_digest() -> str:
    """Return a digest of all migrations, the locked libraries and what declares roles."""
    sources = [
        *ROOT.glob("*/migrations/*.py"),
        *ROOT.glob("*/*/migrations/*.py"),
        *ROOT.glob("*/apps.py"),
        *ROOT.glob("*/*/apps.py"),
        ROOT / "crm/tenancy/rules/roles.py",
        ROOT / "crm" / "locks" / "development.txt",
    ]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(str(source.relative_to(ROOT)).encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def prepared_schema():
    """Let Django's test database be a copy of the kept schema instead of migrating it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    copy = _copy_sqlite if connection.vendor == "sqlite" else _copy_postgresql
    with copy(schema_digest()) as migrate:
        call_command = django.core.management.call_command

        def without_migrating(name, *args, **options):
            return migrate() if name == "migrate" else call_command(name, *args, **options)

        with mock.patch("django.core.management.call_command", without_migrating):
            yield


@contextmanager
def _one_at_a_time(name: str):
    with (KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate() -> None:
    django.core.management.call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _copy_sqlite(digest: str):
    kept = KEPT / f"{digest}.sqlite3"
    call_command = django.core.management.call_command

    def migrate() -> None:
        with _one_at_a_time(digest):
            if not kept.exists():
                call_command("migrate", verbosity=0, interactive=False)
                unfinished = kept.with_suffix(f".{os.getpid()}")
                with sqlite3.connect(unfinished) as target:
                    connection.connection.backup(target)
                target.close()
                unfinished.replace(kept)
                return
        connection.ensure_connection()
        source = sqlite3.connect(f"file:{kept}?mode=ro", uri=True)
        source.backup(connection.connection)
        source.close()

    yield migrate


@contextmanager
def _copy_postgresql(digest: str):
    template = f"crm_schema_{digest}"
    with _one_at_a_time(digest), connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if cursor.fetchone() is None:
            unfinished = f"{template}_{os.getpid()}"
            cursor.execute(f"CREATE DATABASE {unfinished}")
            _migrate_into(unfinished)
            cursor.execute(f"ALTER DATABASE {unfinished} RENAME TO {template}")
    with mock.patch.dict(connection.settings_dict["TEST"], {"TEMPLATE": template}):
        yield lambda: None


def _migrate_into(name: str) -> None:
    """Migrate another database of the same server, by the connection that tests use."""
    databases = (settings.DATABASES["default"], connection.settings_dict)
    real = connection.settings_dict["NAME"]
    connection.close()
    for database in databases:
        database["NAME"] = name
    try:
        _migrate()
    finally:
        connection.close()
        for database in databases:
            database["NAME"] = real
