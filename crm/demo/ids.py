"""Where a table's numbers go on: people of the documents have the ids that are printed there."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

from crm.kernel.transactions import within_unit_of_work


@within_unit_of_work
def last_id(model: type[models.Model]) -> int:
    """Return the primary key that was given out last; 0 before the first one."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What comes next is either the last value itself or the one after it.
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
    """Let the next primary key be ``last + 1``; undone with the unit like everything in it."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # setval() would stay behind when the unit is undone, in front of ids that are taken.
            cursor.execute(f"ALTER SEQUENCE {_sequence(model)} RESTART WITH {last + 1:d}")
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last, table])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])


@contextmanager
def numbered_from_one(*tables: type[models.Model]) -> Iterator[None]:
    """Give what is made inside the same numbers each time; the tables must be empty.

    Afterwards numbers go on where they were, so that no number is given to a second thing.
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
