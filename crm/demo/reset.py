"""Emptying the database and filling it with the demo again."""

import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.apps import apps
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import OperationalError, connection, transaction

from crm.approvals.append_only import lifted_triggers as lifted_approval_triggers
from crm.audit.append_only import lifted_triggers
from crm.demo.fill import fill_demo
from crm.demo.secrets import HashedSecrets
from crm.kernel.transactions import after_commit, within_unit_of_work
from crm.runs.models import ImportRun
from customers.models import CustomerImage
from loyalty.append_only import lifted_triggers as lifted_ledger_triggers

# What migrations create: the roles and their permissions.
KEPT = {"contenttypes.ContentType", "auth.Permission", "auth.Group", "auth.Group_permissions"}

MOST_ATTEMPTS = 60
LOCK_TIMEOUT = 0.2  # seconds, well below the second after which PostgreSQL ends a deadlock
LOCK_NOT_AVAILABLE = "55P03"


@within_unit_of_work
def reset_demo(*, hashed: HashedSecrets, now: datetime) -> int:
    """Empty the database and fill the demo, all of it or nothing."""
    empty_database()
    # Log-ins, limits, settings and counts of the deleted rows.
    after_commit(cache.clear)
    return fill_demo(hashed=hashed, now=now)


@within_unit_of_work
def empty_database() -> None:
    """Delete all rows of all organizations, and sessions and queued tasks; roles stay.

    Primary keys continue, so that a remembered key never finds another row. Requests wait
    meanwhile, and see all of it or nothing.
    """
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label not in KEPT
    ]
    if connection.vendor == "postgresql":
        _lock(tables)
    _delete_stored_files()
    with (
        lifted_triggers(connection),
        lifted_ledger_triggers(connection),
        lifted_approval_triggers(connection),
        connection.cursor() as cursor,
    ):
        for statement in connection.ops.sql_flush(no_style(), tables):
            cursor.execute(statement)


def _delete_stored_files() -> None:
    """Delete the files of images and imports once the commit has removed their rows."""
    images = CustomerImage.objects.values_list("path", flat=True)
    for path in (*images, *ImportRun.objects.values_list("file", flat=True)):
        after_commit(partial(default_storage.delete, path))


def _lock(tables: Sequence[str]) -> None:
    """Lock all tables at once or none, so that no waiting request is ended by a deadlock."""
    names = ", ".join(f'"{table}"' for table in tables)
    with connection.cursor() as cursor:
        # Deferred constraint checks would forbid emptying a table.
        connection.check_constraints()
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    cursor.execute(f"SET LOCAL lock_timeout = '{int(LOCK_TIMEOUT * 1000)}ms'")
                    cursor.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
                    cursor.execute("SET LOCAL lock_timeout = DEFAULT")
            except OperationalError as failure:
                busy = getattr(failure.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE
                if not busy or attempt == MOST_ATTEMPTS:
                    raise
                time.sleep(LOCK_TIMEOUT / 2)
            else:
                return
