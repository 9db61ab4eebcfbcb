"""Queries of hot reads, which Django compiles once instead of at each request."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# What no row has: it marks the places of the parameters in the compiled statement.
_FIRST_STAND_IN = -(2**62)
_STAND_IN_YEAR = 9_000
# Statements for more ids, as of an import, are compiled each time and not kept.
MOST_IDS_KEPT = 100


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    # The position of each parameter among the values that are passed, or its fixed value.
    parameters: Sequence[tuple[int | None, Any]]
    compiler: Any
    converters: dict[Any, Any]


class CompiledQuery:
    """A query by ids and other values, compiled once for each number of ids up to a hundred.

    ``build`` returns its rows as ``values_list``. Compiling takes longer than the query itself,
    most of all with a window.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, tuple[Any, ...]]]) -> None:
        self._build = build
        self._statements: dict[int, _Statement] = {}

    def fetch(self, ids: Collection[int], **values: int | datetime) -> list[tuple[Any, ...]]:
        """Return the rows for these ids and values; the values of a call have the same types."""
        if not ids:
            return []
        statement = self._statements.get(len(ids))
        if statement is None:
            statement = self._compile(len(ids), values)
            if len(ids) <= MOST_IDS_KEPT:
                self._statements[len(ids)] = statement
        passed = [*ids, *map(_adapt, values.values())]
        parameters = [
            fixed if position is None else passed[position]
            for position, fixed in statement.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            rows = cursor.fetchall()
        if not statement.converters:
            return rows
        return [
            tuple(row) for row in statement.compiler.apply_converters(rows, statement.converters)
        ]

    def _compile(self, count: int, values: dict[str, int | datetime]) -> _Statement:
        ids = [_FIRST_STAND_IN + number for number in range(count)]
        stand_ins = {
            name: datetime(_STAND_IN_YEAR + number, 1, 1, tzinfo=UTC)
            if isinstance(value, datetime)
            else _FIRST_STAND_IN + count + number
            for number, (name, value) in enumerate(values.items())
        }
        compiler = self._build(ids, **stand_ins).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        positions = {
            stand_in: position
            for position, stand_in in enumerate([*ids, *map(_adapt, stand_ins.values())])
        }
        missing = positions.keys() - set(parameters)
        if missing:
            raise AssertionError(f"parameters that the statement lacks: {missing}")
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return _Statement(
            sql,
            [(positions.get(parameter), parameter) for parameter in parameters],
            compiler,
            compiler.get_converters(columns),
        )


def _adapt(value: int | datetime) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
