"""Database triggers that make tables append-only.

Migrations install them, so they name tables, not models. A change needs a new migration.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

POSTGRESQL = "postgresql"


@dataclass(frozen=True)
class AppendOnlyTable:
    """A table whose rows are never deleted, and whose ``columns`` (or all) never change."""

    name: str
    columns: str = ""
    # The name of the trigger on changes, if it is not made of the table's name.
    trigger: str = ""
    refuses_truncate: bool = True


@dataclass(frozen=True)
class Trigger:
    table: str
    name: str
    event: str
    action: str

    def create(self) -> str:
        return f"CREATE TRIGGER {self.name} {self.event} ON {self.table} {self.action}"

    def drop(self, vendor: str) -> str:
        on_table = f" ON {self.table}" if vendor == POSTGRESQL else ""
        return f"DROP TRIGGER IF EXISTS {self.name}{on_table}"


class AppendOnly:
    """The triggers of some tables: they refuse a change with one ``message``.

    ``function`` is the name of the PostgreSQL function that the triggers call.
    """

    def __init__(self, function: str, message: str, tables: Sequence[AppendOnlyTable]) -> None:
        self.function, self.message, self.tables = function, message, tables

    def install(self, connection: BaseDatabaseWrapper) -> None:
        """Make the database refuse UPDATE, DELETE and, on PostgreSQL, TRUNCATE."""
        vendor = connection.vendor
        functions = self.list_functions() if vendor == POSTGRESQL else []
        triggers = [trigger.create() for trigger in self.list_triggers(vendor)]
        _execute(connection, [*functions, *triggers])

    def remove(self, connection: BaseDatabaseWrapper) -> None:
        """Allow changes again."""
        vendor = connection.vendor
        _execute(connection, [trigger.drop(vendor) for trigger in self.list_triggers(vendor)])

    @contextmanager
    def lifted(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Run a block without the triggers; only for emptying a demo or test database."""
        self.remove(connection)
        try:
            yield
        finally:
            self.install(connection)

    def list_functions(self) -> list[str]:
        """Return the statements that create the functions the triggers call on PostgreSQL."""
        return [build_function(self.function, f"RAISE EXCEPTION '{self.message}';")]

    def list_triggers(self, vendor: str) -> list[Trigger]:
        is_postgresql = vendor == POSTGRESQL
        list_for_table = self._list_for_postgresql if is_postgresql else self._list_for_sqlite
        return [trigger for table in self.tables for trigger in list_for_table(table)]

    def _list_for_postgresql(self, table: AppendOnlyTable) -> Iterator[Trigger]:
        call = f"EXECUTE FUNCTION {self.function}()"
        yield Trigger(
            table.name,
            table.trigger or f"{table.name}_append_only",
            f"BEFORE UPDATE{_of(table.columns)} OR DELETE",
            f"FOR EACH ROW {call}",
        )
        if table.refuses_truncate:
            # TRUNCATE does not fire row triggers.
            name = f"{table.name}_no_truncate"
            yield Trigger(table.name, name, "BEFORE TRUNCATE", f"FOR EACH STATEMENT {call}")

    def _list_for_sqlite(self, table: AppendOnlyTable) -> Iterator[Trigger]:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
        yield Trigger(
            table.name,
            table.trigger or f"{table.name}_no_update",
            f"BEFORE UPDATE{_of(table.columns)}",
            refuse,
        )
        yield Trigger(table.name, f"{table.name}_no_delete", "BEFORE DELETE", refuse)


def build_function(name: str, body: str) -> str:
    """Return the statement that creates a trigger function on PostgreSQL."""
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ "
        f"BEGIN {body} END $$ LANGUAGE plpgsql"
    )


def _of(columns: str) -> str:
    return f" OF {columns}" if columns else ""


def _execute(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
