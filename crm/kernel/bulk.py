"""Writing many rows as one: keys taken in blocks, rows streamed in.

COPY on PostgreSQL, executemany on SQLite. Rows are complete, primary key included, so that rows
which point at each other can be written table by table without reading anything back.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models

from crm.kernel.transactions import within_unit_of_work


@within_unit_of_work
def take_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Reserve ``count`` primary keys of ``model``, ascending; nobody else will ever get them."""
    if count == 0:
        return ()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', model._meta.pk.column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s RETURNING seq",
            [count, table],
        )
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count]
            )
            row = (count,)
        return range(row[0] - count + 1, row[0] + 1)


@within_unit_of_work
def bulk_insert(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write ``rows``, given as values of the fields ``columns`` (attribute names); say how many.

    Values are Python's (datetimes aware, JSON as dicts and lists). Database defaults apply to what
    is not named. A row that breaks a constraint undoes the whole unit: decide before writing.
    """
    fields = _columns(model, columns)
    named = ", ".join(f'"{field.column}"' for field in fields)
    makers = [_maker(field) for field in fields]
    made = [[make(value) for make, value in zip(makers, row, strict=True)] for row in rows]
    if not made:
        return 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            into = f'COPY "{model._meta.db_table}" ({named}) FROM STDIN'
            with cursor.copy(into) as copy:
                for row in made:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f'INSERT INTO "{model._meta.db_table}" ({named}) VALUES ({marks})',  # noqa: S608
                made,
            )
    return len(made)


@within_unit_of_work
def insert_unless_taken(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> set[int]:
    """Write those of ``rows`` that no constraint forbids; return their primary keys.

    The first column is the primary key. A row that meets one which another unit is writing waits
    for that unit's end. Give rows in the order of the constraint they may meet, so that two units
    wait in one direction only. Plain values only: numbers and text.
    """
    if not rows:
        return set()
    fields = _columns(model, columns)
    named = ", ".join(f'"{field.column}"' for field in fields)
    table, key = model._meta.db_table, fields[0].column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            marks = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
            cursor.execute(
                f'INSERT INTO "{table}" ({named}) SELECT * FROM unnest({marks}) '  # noqa: S608
                f'ON CONFLICT DO NOTHING RETURNING "{key}"',
                [list(column) for column in zip(*rows, strict=True)],
            )
        else:
            marks = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(fields)))
            cursor.execute(
                f'INSERT INTO "{table}" ({named}) SELECT {marks} FROM json_each(%s) '  # noqa: S608
                f'WHERE true ON CONFLICT DO NOTHING RETURNING "{key}"',
                [json.dumps(rows)],
            )
        return {row[0] for row in cursor.fetchall()}


@within_unit_of_work
def bulk_update(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Give rows new values: each of ``rows`` is a primary key, then the values of ``columns``.

    One statement on PostgreSQL. The order in which rows change is the database's: where a unique
    constraint may meet old and new values, update in two calls.
    """
    if not rows:
        return
    fields = _columns(model, columns)
    table, key = model._meta.db_table, model._meta.pk
    makers = [_maker(field) for field in fields]
    made = [
        [row[0], *(make(value) for make, value in zip(makers, row[1:], strict=True))]
        for row in rows
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = [key.rel_db_type(connection), *(f.db_type(connection) for f in fields)]
            marks = ", ".join(f"%s::{name}[]" for name in types)
            names = ", ".join(["pk", *(f"v{n}" for n in range(len(fields)))])
            sets = ", ".join(f'"{field.column}" = new.v{n}' for n, field in enumerate(fields))
            cursor.execute(
                f'UPDATE "{table}" AS old SET {sets} '  # noqa: S608
                f'FROM unnest({marks}) AS new ({names}) WHERE old."{key.column}" = new.pk',
                [list(column) for column in zip(*made, strict=True)],
            )
        else:
            sets = ", ".join(f'"{field.column}" = %s' for field in fields)
            cursor.executemany(
                f'UPDATE "{table}" SET {sets} WHERE "{key.column}" = %s',  # noqa: S608
                [[*row[1:], row[0]] for row in made],
            )


def _columns(model: type[models.Model], names: Sequence[str]) -> list[models.Field[Any, Any]]:
    fields = [model._meta.get_field(name) for name in names]
    return [field for field in fields if isinstance(field, models.Field)]


def _maker(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return _json_or_null
    if connection.vendor == "postgresql":
        return _unchanged
    if isinstance(field, models.DateTimeField):
        return lambda value: field.get_db_prep_save(value, connection)
    return _unchanged


def _unchanged(value: Any) -> Any:
    return value


def _json_or_null(value: Any) -> str | None:
    if value is None:
        return None
    if value == {}:
        return "{}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
