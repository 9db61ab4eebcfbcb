"""Database triggers that make decisions append-only and keep a request's content.

Migrations call these functions, so they name tables, not models. A change needs a new migration.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "approvals_decision"
# Columns that never change after filing. ``customer_id`` may: a merge moves it to the survivor.
IMMUTABLE_COLUMNS = (
    "id, org_id, kind, old_value, new_value, points, payload, sameness, reason, comments, "
    "maker_id, maker_caller_id, maker_person_id, filed_at"
)


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse changes of decisions and of a request's content.

    It also refuses a decision whose maker differs from its request's, so that the constraint
    ``maker_is_not_checker`` compares the checker with the real maker.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _install_on_postgresql(cursor)
        else:
            _install_on_sqlite(cursor)


def _install_on_postgresql(cursor: object) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(
        """
        CREATE OR REPLACE FUNCTION approvals_refuses_change() RETURNS trigger AS $$
        BEGIN
            RAISE EXCEPTION 'what was asked and decided is never changed';
        END
        $$ LANGUAGE plpgsql
        """
    )
    execute(
        """
        CREATE OR REPLACE FUNCTION approvals_checks_maker() RETURNS trigger AS $$
        BEGIN
            IF NOT EXISTS (
                SELECT 1 FROM approvals_request r
                 WHERE r.id = NEW.request_id AND r.org_id = NEW.org_id
                   AND r.maker_caller_id = NEW.maker_caller_id
                   AND r.maker_person_id = NEW.maker_person_id
            ) THEN
                RAISE EXCEPTION 'a decision names the maker of its request';
            END IF;
            RETURN NEW;
        END
        $$ LANGUAGE plpgsql
        """
    )
    execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION approvals_refuses_change()"
    )
    execute(
        f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION approvals_refuses_change()"
    )
    execute(
        f"CREATE TRIGGER {TABLE}_of_its_maker BEFORE INSERT ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION approvals_checks_maker()"
    )
    execute(
        f"CREATE TRIGGER approvals_request_as_asked BEFORE UPDATE OF {IMMUTABLE_COLUMNS} OR DELETE "
        "ON approvals_request FOR EACH ROW EXECUTE FUNCTION approvals_refuses_change()"
    )


def _install_on_sqlite(cursor: object) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    refuse = "BEGIN SELECT RAISE(ABORT, 'what was asked and decided is never changed'); END"
    execute(f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} {refuse}")
    execute(f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} {refuse}")
    execute(
        f"CREATE TRIGGER {TABLE}_of_its_maker BEFORE INSERT ON {TABLE} WHEN NOT EXISTS ("  # noqa: S608
        "SELECT 1 FROM approvals_request r WHERE r.id = NEW.request_id AND r.org_id = NEW.org_id "
        "AND r.maker_caller_id = NEW.maker_caller_id AND r.maker_person_id = NEW.maker_person_id) "
        "BEGIN SELECT RAISE(ABORT, 'a decision names the maker of its request'); END"
    )
    execute(
        f"CREATE TRIGGER approvals_request_as_asked BEFORE UPDATE OF {IMMUTABLE_COLUMNS} "
        f"ON approvals_request {refuse}"
    )
    execute(
        f"CREATE TRIGGER approvals_request_no_delete BEFORE DELETE ON approvals_request {refuse}"
    )


def remove_triggers(connection: BaseDatabaseWrapper) -> None:
    """Allow changes of requests and decisions again."""
    names = {
        TABLE: (
            ("append_only", "no_truncate", "of_its_maker")
            if connection.vendor == "postgresql"
            else ("no_update", "no_delete", "of_its_maker")
        ),
        "approvals_request": (
            ("as_asked",) if connection.vendor == "postgresql" else ("as_asked", "no_delete")
        ),
    }
    with connection.cursor() as cursor:
        for table, triggers in names.items():
            for trigger in triggers:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{trigger}{on}")


@contextmanager
def lifted_triggers(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Run a block without the triggers; only for emptying a demo or test database."""
    remove_triggers(connection)
    try:
        yield
    finally:
        install_triggers(connection)
