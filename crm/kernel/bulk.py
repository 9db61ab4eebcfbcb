"""Writing many rows as one: keys taken in blocks, rows streamed in.

COPY on PostgreSQL (for one row as well: a prepared INSERT was no quicker), executemany on SQLite.
Rows are complete, primary key included, so that rows which point at each other can be written
table by table without reading anything back.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from crm.kernel.fields import ThousandthsField
from crm.kernel.transactions import within_unit_of_work


@within_unit_of_work
def take_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Reserve ``count`` primary keys of ``model``, ascending; nobody else will ever get them."""
    [ids] = take_ids_of_each([(model, count)])
    return ids


@within_unit_of_work
def take_ids_of_each(
    wanted: Sequence[tuple[type[models.Model], int]],
) -> list[Sequence[int]]:
    """Reserve primary keys of several models in one trip to the database."""
    if not any(count for _, count in wanted):
        return [() for _ in wanted]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                _sequences_sql(tuple(model for model, _ in wanted)),
                [count for _, count in wanted],
            )
            taken: list[list[int]] = [[] for _ in wanted]
            for place, pk in cursor.fetchall():
                taken[place].append(pk)
            return [*taken]
        return [
            _sqlite_ids(cursor, model._meta.db_table, count) if count else ()
            for model, count in wanted
        ]


def _sqlite_ids(cursor: CursorWrapper, table: str, count: int) -> Sequence[int]:
    cursor.execute(
        "UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s RETURNING seq", [count, table]
    )
    row = cursor.fetchone()
    if row is None:
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
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
    fields = _columns(model, tuple(columns))
    made = _made(fields, rows)
    if not made:
        return 0
    table, named = model._meta.db_table, ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f'INSERT INTO "{table}" ({named}) VALUES ({marks})',  # noqa: S608
                made,
            )
        else:
            into = f'COPY "{table}" ({named}) FROM STDIN'
            # The driver's copy is none of Django's, so neither would its errors be.
            with connection.wrap_database_errors, cursor.copy(into) as copy:
                for row in made:
                    copy.write_row(row)
    return len(made)


@within_unit_of_work
def insert_unless_taken(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> set[int]:
    """Write those of ``rows`` that no constraint forbids; return their primary keys.

    The first column is the primary key. A row that meets one which another unit is writing waits
    for that unit's end. Give rows in the order of the constraint they may meet, so that two units
    wait in one direction only. Values are Python's, as in ``bulk_insert``.
    """
    if not rows:
        return set()
    fields = _columns(model, tuple(columns))
    made = _made(fields, rows)
    table, named = model._meta.db_table, ", ".join(f'"{field.column}"' for field in fields)
    if connection.vendor == "postgresql":
        source, values = _unnested(fields), "*"
        params: list[Any] = _as_arrays(made)
    else:
        source, params = "json_each(%s) WHERE true", [json.dumps(made)]
        values = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(fields)))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({named}) SELECT {values} FROM {source} '  # noqa: S608
            f'ON CONFLICT DO NOTHING RETURNING "{fields[0].column}"',
            params,
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
    key, *fields = _columns(model, (model._meta.pk.attname, *columns))
    made = _made([key, *fields], rows)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sets = ", ".join(f'"{field.column}" = new."{field.column}"' for field in fields)
            named = ", ".join(f'"{field.column}"' for field in (key, *fields))
            cursor.execute(
                f'UPDATE "{table}" AS old SET {sets} '  # noqa: S608
                f"FROM {_unnested([key, *fields])} AS new ({named}) "
                f'WHERE old."{key.column}" = new."{key.column}"',
                _as_arrays(made),
            )
        else:
            sets = ", ".join(f'"{field.column}" = %s' for field in fields)
            cursor.executemany(
                f'UPDATE "{table}" SET {sets} WHERE "{key.column}" = %s',  # noqa: S608
                [[*row[1:], row[0]] for row in made],
            )


# Statements are put together once: for a single registration that would cost as much as a trip.
@cache
def _sequences_sql(wanted: tuple[type[models.Model], ...]) -> str:
    return " UNION ALL ".join(
        f"SELECT {place}, nextval('{_sequence_of(model)}'::regclass) "  # noqa: S608
        "FROM generate_series(1, %s)"
        for place, model in enumerate(wanted)
    )


def _sequence_of(model: type[models.Model]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_serial_sequence(%s, %s)",
            [f'"{model._meta.db_table}"', model._meta.pk.column],
        )
        return str(cursor.fetchone()[0])


@cache
def _columns(model: type[models.Model], names: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    fields = [model._meta.get_field(name) for name in names]
    return [field for field in fields if isinstance(field, models.Field)]


def _made(fields: Sequence[models.Field[Any, Any]], rows: Iterable[Sequence[Any]]) -> list[Any]:
    makers = [_maker(field) for field in fields]
    # Most columns are written as they are, and rows come by the million: only the others cost.
    told = [(place, make) for place, make in enumerate(makers) if make is not _unchanged]
    if not told:
        return list(rows)
    made = [list(row) for row in rows]
    for row in made:
        for place, make in told:
            row[place] = make(row[place])
    return made


def _unnested(fields: Sequence[models.Field[Any, Any]]) -> str:
    """A table of arrays, one a column: the statement is the same for any number of rows."""
    return f"unnest({', '.join(f'%s::{_element(field)}[]' for field in fields)})"


def _element(field: models.Field[Any, Any]) -> str:
    # A cast to varchar(n) would cut what is too long; text meets the refusal of the column.
    return "text" if isinstance(field, models.CharField) else str(field.rel_db_type(connection))


def _as_arrays(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _maker(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return _json_or_null
    if isinstance(field, ThousandthsField):
        return field.get_prep_value
    if connection.vendor == "postgresql":
        return _unchanged
    if isinstance(field, models.DateTimeField):
        return _told_as_utc
    return _unchanged


def _told_as_utc(value: datetime | None) -> str | None:
    """An aware time as SQLite keeps it; Django's own way is ten times as long for each."""
    return None if value is None else str(value.astimezone(UTC).replace(tzinfo=None))


def _unchanged(value: Any) -> Any:
    return value


def _json_or_null(value: Any) -> str | None:
    if value is None:
        return None
    if value == {}:
        return "{}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
