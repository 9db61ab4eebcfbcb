"""Primary keys of the demo: the reference prints some of them, so they are the same each time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

from crm.kernel.transactions import within_unit_of_work


@within_unit_of_work
def last_id(model: type[models.Model]) -> int:
    """Return the primary key that was assigned last; 0 before the first one."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Until the sequence is called, its last value is the next key, not the last one.
            cursor.execute(
                f"SELECT last_value - (NOT is_called)::int FROM {_sequence(model)}"  # noqa: S608
            )
        else:
            cursor.execute(
                "SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [model._meta.db_table]
            )
        [value] = cursor.fetchone()
        return value or 0


@within_unit_of_work
def continue_after(model: type[models.Model], last: int) -> None:
    """Make ``last + 1`` the next primary key; a rollback undoes this too."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A rollback does not undo setval(), and keys that are taken would come again.
            cursor.execute(f"ALTER SEQUENCE {_sequence(model)} RESTART WITH {last + 1:d}")
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last, table])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])


@contextmanager
def numbered_from_one(*tables: type[models.Model]) -> Iterator[None]:
    """Number the rows made inside from 1, so they get the same keys each time.

    The tables must be empty. Afterwards the keys continue after the highest one ever assigned,
    so that no key is assigned to a second row.
    """
    before = {model: last_id(model) for model in tables}
    for model in tables:
        continue_after(model, 0)
    yield
    for model, last in before.items():
        continue_after(model, max(last, last_id(model)))


def _sequence(model: type[models.Model]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_serial_sequence(%s, %s)",
            [f'"{model._meta.db_table}"', model._meta.pk.column],
        )
        [name] = cursor.fetchone()
        return str(name)
