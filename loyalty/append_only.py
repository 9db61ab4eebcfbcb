"""The triggers that make the points ledger append-only, and the only way to lift them.

Migrations use these functions too. They name tables, not models; a change needs a new migration.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

# All columns but ``enrollment_id``: a merge moves entries to another enrollment.
TABLES = {
    "loyalty_pointsentry": (
        "id, org_id, kind, points, delayed, purchases, shortfall, transaction_id, "
        "transaction_number, reference, notes, happened_at, recorded_at, entered_by_id"
    ),
    "loyalty_pointsallocation": "id, entry_id, lot_id, points",
}


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse to change or delete ledger entries."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                """
                CREATE OR REPLACE FUNCTION loyalty_refuses_change() RETURNS trigger AS $$
                BEGIN
                    RAISE EXCEPTION 'the points ledger is append-only';
                END
                $$ LANGUAGE plpgsql
                """
            )
            for table, columns in TABLES.items():
                cursor.execute(
                    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OF {columns} OR DELETE "
                    f"ON {table} FOR EACH ROW EXECUTE FUNCTION loyalty_refuses_change()"
                )
                # TRUNCATE does not fire row triggers.
                cursor.execute(
                    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION loyalty_refuses_change()"
                )
        else:
            for table, columns in TABLES.items():
                for name, verb in (("update", f"UPDATE OF {columns}"), ("delete", "DELETE")):
                    cursor.execute(
                        f"CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'the points ledger is append-only'); END"
                    )


def remove_triggers(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers, so that the ledger can be changed."""
    with connection.cursor() as cursor:
        for table in TABLES:
            if connection.vendor == "postgresql":
                for name in ("append_only", "no_truncate"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}")
            else:
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")


@contextmanager
def lifted_triggers(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Lift the triggers. Only for emptying the database of a demo or a test."""
    remove_triggers(connection)
    try:
        yield
    finally:
        install_triggers(connection)
