"""Database triggers that make the audit log append-only.

Migrations call these functions, so they name tables, not models. A change needs a new migration.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("audit_event", "audit_seal", "audit_sealedevent")


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse UPDATE, DELETE and TRUNCATE on the log."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                """
                CREATE OR REPLACE FUNCTION audit_refuses_change() RETURNS trigger AS $$
                BEGIN
                    RAISE EXCEPTION 'the audit log is append-only';
                END
                $$ LANGUAGE plpgsql
                """
            )
            for table in TABLES:
                cursor.execute(
                    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION audit_refuses_change()"
                )
                cursor.execute(
                    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses_change()"
                )
        else:
            for table in TABLES:
                for verb in ("UPDATE", "DELETE"):
                    cursor.execute(
                        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
                    )


def remove_triggers(connection: BaseDatabaseWrapper) -> None:
    """Allow changes of the log again."""
    with connection.cursor() as cursor:
        for table in TABLES:
            if connection.vendor == "postgresql":
                for trigger in (f"{table}_append_only", f"{table}_no_truncate"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
            else:
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")


@contextmanager
def lifted_triggers(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Run a block without the triggers; only for emptying a demo or test database."""
    remove_triggers(connection)
    try:
        yield
    finally:
        install_triggers(connection)
