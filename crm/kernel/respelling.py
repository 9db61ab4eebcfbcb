"""Bring stored values to the spelling that new values get; for migrations."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

BATCH_SIZE = 2_000
# Only these can have another spelling: what is not plain ASCII, a backtick, a domain in punycode.
_CANDIDATES = {
    "postgresql": "{column} ~ '[^ -_a-~]' OR {column} LIKE '%xn--%'",
    "sqlite": "{column} GLOB '*[^ -_a-~]*' OR {column} LIKE '%xn--%'",
}


def respell_column(
    connection: BaseDatabaseWrapper,
    *,
    table: str,
    column: str,
    unique_with: Sequence[str],
    respell: Callable[..., str | None],
) -> int:
    """Write the column's values in their new spelling; return how many changed.

    ``respell`` gets the value and those of ``unique_with``, and returns None for a value that it
    cannot read, which stays. So does a value whose new spelling another row has already: nobody
    can say here which of the two rows is meant, and both stay as they were shown.
    """
    names = ["id", column, *unique_with]
    same_scope = " AND ".join(f"other.{name} = {table}.{name}" for name in unique_with)
    statement = (
        f"UPDATE {table} SET {column} = %s WHERE id = %s AND NOT EXISTS"  # noqa: S608
        f" (SELECT 1 FROM {table} other WHERE {same_scope} AND other.{column} = %s)"
    )
    changed = 0
    with connection.cursor() as cursor:
        for pk, value, *scope in _list_candidates(connection, table, column, names):
            spelling = respell(value, *scope)
            if spelling is not None and spelling != value:
                cursor.execute(statement, [spelling, pk, spelling])
                changed += cursor.rowcount
    return changed


def respell_rows(
    rows: QuerySet[Any], *, column: str, others: Sequence[str], respell: Callable[..., str]
) -> int:
    """Write the column's values of these rows in their new spelling; return how many changed.

    ``respell`` gets the value and those of ``others``, and returns a spelling that no row has.
    """
    changed = 0
    stored = rows.values_list("pk", column, *others).iterator(chunk_size=BATCH_SIZE)
    stale = (
        rows.model(pk=pk, **{column: spelling})
        for pk, value, *rest in stored
        if (spelling := respell(value, *rest)) != value
    )
    while batch := list(islice(stale, BATCH_SIZE)):
        changed += rows.model._default_manager.bulk_update(batch, [column])
    return changed


def respell_keys(
    connection: BaseDatabaseWrapper,
    *,
    table: str,
    column: str,
    others: Sequence[str],
    respell: Callable[..., str],
) -> None:
    """Write the words of a table whose key holds them in their new spelling."""
    names = [column, *others]
    places = ", ".join(["%s"] * len(names))
    insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608
    matches = " AND ".join(f"{name} = %s" for name in names)
    delete = f"DELETE FROM {table} WHERE {matches}"  # noqa: S608
    rows = _list_candidates(connection, table, column, names)
    stale = ((row, respell(*row)) for row in rows)
    changes = ((row, word) for row, word in stale if word != row[0])
    with connection.cursor() as cursor:
        while batch := list(islice(changes, BATCH_SIZE)):
            cursor.executemany(delete, [row for row, _ in batch])
            cursor.executemany(insert, [(word, *row[1:]) for row, word in batch if word])


def _list_candidates(
    connection: BaseDatabaseWrapper, table: str, column: str, names: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows whose value may have another spelling."""
    condition = _CANDIDATES[connection.vendor].format(column=column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM {table} WHERE {condition}")  # noqa: S608
        rows = cursor.fetchall()
    yield from rows
