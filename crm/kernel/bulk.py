"""Bulk writes: primary keys reserved in blocks, rows inserted or updated in one statement.

On PostgreSQL many rows go by COPY, and a few as one text of JSON: a COPY takes three round trips,
and an array for each column costs more than the statement itself. On SQLite executemany. Rows
include their primary keys, so rows that refer to each other can be written table by table without
reading anything back.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from crm.kernel.fields import ThousandthsField
from crm.kernel.transactions import within_unit_of_work

# Above this number, reading JSON costs the database more than a COPY.
MANY_ROWS = 1_000


# One for all: json.dumps would build another for each value.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Fields = tuple[models.Field[Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows of one model, each the values of ``columns``, as ``bulk_insert`` takes them."""

    model: type[models.Model]
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]


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
    return insert_together([Insert(model, columns, rows)])


@within_unit_of_work
def insert_together(inserts: Sequence[Insert]) -> int:
    """Insert rows of several models, in order; a few rows in one statement. Return the count."""
    prepared = [(insert, _prepare_insert(insert)) for insert in inserts]
    prepared = [(insert, rows) for insert, rows in prepared if rows]
    count = sum(len(rows) for _, rows in prepared)
    if not count:
        return 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and count <= MANY_ROWS:
            shapes = tuple((insert.model, tuple(insert.columns)) for insert, _ in prepared)
            cursor.execute(_build_inserts_sql(shapes), [_to_text(rows) for _, rows in prepared])
        else:
            for insert, rows in prepared:
                _insert_many(cursor, insert, rows)
    return count


def _prepare_insert(insert: Insert) -> list[Any]:
    return _prepare_rows(_get_fields(insert.model, tuple(insert.columns)), insert.rows)


def _insert_many(cursor: CursorWrapper, insert: Insert, rows: Sequence[Sequence[Any]]) -> None:
    fields = _get_fields(insert.model, tuple(insert.columns))
    into = f'"{insert.model._meta.db_table}" ({_list_names(fields)})'
    if connection.vendor == "postgresql":
        # The driver's copy bypasses Django, so its errors must be wrapped.
        with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        placeholders = ", ".join(["%s"] * len(fields))
        cursor.executemany(f"INSERT INTO {into} VALUES ({placeholders})", rows)  # noqa: S608


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
    if connection.vendor == "postgresql":
        source, params = _build_source(fields, prepared)
    else:
        values = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(fields)))
        source = f"SELECT {values} FROM json_each(%s) WHERE true"  # noqa: S608
        params = [json.dumps(prepared)]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({_list_names(fields)}) {source} '
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
    fields = _get_fields(model, (model._meta.pk.attname, *columns))
    prepared = _prepare_rows(fields, rows)
    key, *changed = fields
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sets = ", ".join(f'"{field.column}" = new."{field.column}"' for field in changed)
            source, params = _build_source(fields, prepared)
            cursor.execute(
                f'UPDATE "{table}" AS old SET {sets} '  # noqa: S608
                f"FROM ({source}) AS new ({_list_names(fields)}) "
                f'WHERE old."{key.column}" = new."{key.column}"',
                params,
            )
        else:
            sets = ", ".join(f'"{field.column}" = %s' for field in changed)
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
def _get_fields(model: type[models.Model], names: tuple[str, ...]) -> Fields:
    fields = [model._meta.get_field(name) for name in names]
    return tuple(field for field in fields if isinstance(field, models.Field))


def _prepare_rows(fields: Fields, rows: Iterable[Sequence[Any]]) -> list[Any]:
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


# Cached, as above.
@cache
def _build_inserts_sql(shapes: tuple[tuple[type[models.Model], tuple[str, ...]], ...]) -> str:
    """Build one statement that inserts rows of several models, each from a text of JSON."""
    inserts = []
    for model, columns in shapes:
        fields = _get_fields(model, columns)
        into = f'"{model._meta.db_table}" ({_list_names(fields)})'
        inserts.append(f"INSERT INTO {into} {_build_json_source(fields)}")
    *others, last = inserts
    steps = ", ".join(f"step_{number} AS ({insert})" for number, insert in enumerate(others))
    return f"WITH {steps} {last}" if steps else last


def _build_source(fields: Fields, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """Build a SELECT of the rows, the same for any number of them, and its parameters."""
    if len(rows) <= MANY_ROWS:
        return _build_json_source(fields), [_to_text(rows)]
    columns = ", ".join(f"%s::{_get_element_type(field)}[]" for field in fields)
    # The driver's own arrays take five times as long: it looks for the type of each element.
    arrays = [_to_array(column) for column in zip(*rows, strict=True)]
    return f"SELECT * FROM unnest({columns})", arrays  # noqa: S608


@cache
def _build_json_source(fields: Fields) -> str:
    values = ", ".join(
        f"(row->>{number})::{_get_element_type(field)}" for number, field in enumerate(fields)
    )
    return f"SELECT {values} FROM jsonb_array_elements(%s::jsonb) AS row"  # noqa: S608


@cache
def _list_names(fields: Fields) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _to_text(rows: Sequence[Sequence[Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=_format_moment)


def _format_moment(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a column cannot hold {type(value).__name__}")


def _get_element_type(field: models.Field[Any, Any]) -> str:
    # A cast to varchar(n) would truncate long values; with text, the column refuses them.
    return "text" if isinstance(field, models.CharField) else str(field.rel_db_type(connection))


def _to_array(values: Iterable[Any]) -> str:
    """Format an array as PostgreSQL reads it."""
    return f"{{{','.join(map(_to_element, values))}}}"


def _to_element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else _format_moment(value)


def _get_preparer(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return _to_json
    if isinstance(field, ThousandthsField):
        return _get_amount_preparer(field)
    if connection.vendor == "postgresql":
        return _keep_value
    if isinstance(field, models.DateTimeField):
        return _to_utc_text
    return _keep_value


@cache
def _get_amount_preparer(field: ThousandthsField) -> Callable[[Any], Any]:
    # Cached: most of the dozen amounts of a new row are zero.
    return lru_cache(maxsize=4_096)(field.get_prep_value)


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
    return _ENCODER.encode(value)
