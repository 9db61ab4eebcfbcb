"""Bulk writes: primary keys reserved in blocks, rows inserted or updated in one statement.

COPY on PostgreSQL (for one row as well: a prepared INSERT was no faster), executemany on SQLite.
Rows include their primary keys, so rows that refer to each other can be written table by table
without reading anything back.
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
    """Reserve ``count`` primary keys of ``model``, in ascending order; they are never reused."""
    [ids] = take_ids_of_models([(model, count)])
    return ids


@within_unit_of_work
def take_ids_of_models(
    requests: Sequence[tuple[type[models.Model], int]],
) -> list[Sequence[int]]:
    """Reserve primary keys of several models in one round trip to the database."""
    if not any(count for _, count in requests):
        return [() for _ in requests]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                _build_sequences_sql(tuple(model for model, _ in requests)),
                [count for _, count in requests],
            )
            taken: list[list[int]] = [[] for _ in requests]
            for index, pk in cursor.fetchall():
                taken[index].append(pk)
            return [*taken]
        return [
            _sqlite_ids(cursor, model._meta.db_table, count) if count else ()
            for model, count in requests
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
    """Insert ``rows``, each the values of ``columns`` (attribute names); return the count.

    Values are Python values (aware datetimes, JSON as dicts and lists). Database defaults apply to
    other columns. A row that breaks a constraint rolls back the unit, so check before writing.
    """
    fields = _get_fields(model, tuple(columns))
    prepared = _prepare_rows(fields, rows)
    if not prepared:
        return 0
    table, column_names = model._meta.db_table, ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            placeholders = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f'INSERT INTO "{table}" ({column_names}) VALUES ({placeholders})',  # noqa: S608
                prepared,
            )
        else:
            into = f'COPY "{table}" ({column_names}) FROM STDIN'
            # The driver's copy bypasses Django, so its errors must be wrapped.
            with connection.wrap_database_errors, cursor.copy(into) as copy:
                for row in prepared:
                    copy.write_row(row)
    return len(prepared)


@within_unit_of_work
def insert_unless_taken(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> set[int]:
    """Insert those of ``rows`` that break no constraint; return their primary keys.

    The first column is the primary key. A row that conflicts with one that another unit is writing
    waits until that unit ends. Pass rows in the order of the constraint they may conflict on, so
    that two units cannot deadlock. Values are Python values, as in ``bulk_insert``.
    """
    if not rows:
        return set()
    fields = _get_fields(model, tuple(columns))
    prepared = _prepare_rows(fields, rows)
    table, column_names = model._meta.db_table, ", ".join(f'"{field.column}"' for field in fields)
    if connection.vendor == "postgresql":
        source, values = _build_unnest_sql(fields), "*"
        params: list[Any] = _to_columns(prepared)
    else:
        source, params = "json_each(%s) WHERE true", [json.dumps(prepared)]
        values = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(fields)))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({column_names}) SELECT {values} FROM {source} '  # noqa: S608
            f'ON CONFLICT DO NOTHING RETURNING "{fields[0].column}"',
            params,
        )
        return {row[0] for row in cursor.fetchall()}


@within_unit_of_work
def bulk_update(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Update rows: each of ``rows`` is a primary key, then the new values of ``columns``.

    One statement on PostgreSQL. The order of the updates is not defined: where old and new values
    may conflict on a unique constraint, update in two calls.
    """
    if not rows:
        return
    key, *fields = _get_fields(model, (model._meta.pk.attname, *columns))
    prepared = _prepare_rows([key, *fields], rows)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sets = ", ".join(f'"{field.column}" = new."{field.column}"' for field in fields)
            column_names = ", ".join(f'"{field.column}"' for field in (key, *fields))
            cursor.execute(
                f'UPDATE "{table}" AS old SET {sets} '  # noqa: S608
                f"FROM {_build_unnest_sql([key, *fields])} AS new ({column_names}) "
                f'WHERE old."{key.column}" = new."{key.column}"',
                _to_columns(prepared),
            )
        else:
            sets = ", ".join(f'"{field.column}" = %s' for field in fields)
            cursor.executemany(
                f'UPDATE "{table}" SET {sets} WHERE "{key.column}" = %s',  # noqa: S608
                [[*row[1:], row[0]] for row in prepared],
            )


# Cached: for a single registration, building the statement would cost as much as a round trip.
@cache
def _build_sequences_sql(requests: tuple[type[models.Model], ...]) -> str:
    return " UNION ALL ".join(
        f"SELECT {index}, nextval('{_find_sequence(model)}'::regclass) "  # noqa: S608
        "FROM generate_series(1, %s)"
        for index, model in enumerate(requests)
    )


def _find_sequence(model: type[models.Model]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_serial_sequence(%s, %s)",
            [f'"{model._meta.db_table}"', model._meta.pk.column],
        )
        return str(cursor.fetchone()[0])


@cache
def _get_fields(model: type[models.Model], names: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    fields = [model._meta.get_field(name) for name in names]
    return [field for field in fields if isinstance(field, models.Field)]


def _prepare_rows(
    fields: Sequence[models.Field[Any, Any]], rows: Iterable[Sequence[Any]]
) -> list[Any]:
    preparers = [_get_preparer(field) for field in fields]
    # Most columns need no preparation, so only the others are touched; there are millions of rows.
    preparers_by_index = [
        (index, prepare) for index, prepare in enumerate(preparers) if prepare is not _keep_value
    ]
    if not preparers_by_index:
        return list(rows)
    prepared = [list(row) for row in rows]
    for row in prepared:
        for index, prepare in preparers_by_index:
            row[index] = prepare(row[index])
    return prepared


def _build_unnest_sql(fields: Sequence[models.Field[Any, Any]]) -> str:
    """Build a table of arrays, one per column: the statement is the same for any number of rows."""
    return f"unnest({', '.join(f'%s::{_get_element_type(field)}[]' for field in fields)})"


def _get_element_type(field: models.Field[Any, Any]) -> str:
    # A cast to varchar(n) would truncate long values; with text, the column refuses them.
    return "text" if isinstance(field, models.CharField) else str(field.rel_db_type(connection))


def _to_columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _get_preparer(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return _to_json
    if isinstance(field, ThousandthsField):
        return field.get_prep_value
    if connection.vendor == "postgresql":
        return _keep_value
    if isinstance(field, models.DateTimeField):
        return _to_utc_text
    return _keep_value


def _to_utc_text(value: datetime | None) -> str | None:
    """Format an aware datetime as SQLite stores it; Django's own way takes ten times as long."""
    return None if value is None else str(value.astimezone(UTC).replace(tzinfo=None))


def _keep_value(value: Any) -> Any:
    return value


def _to_json(value: Any) -> str | None:
    if value is None:
        return None
    if value == {}:
        return "{}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
