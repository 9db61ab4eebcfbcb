"""PostgreSQL's query plans for a call on large tables."""

from collections.abc import Callable, Collection, Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext

EXPLAINABLE = ("SELECT", "UPDATE", "DELETE", "WITH")


def explain_call(
    call: Callable[[], object], *, forbidden: Collection[str] = ("seqscan",)
) -> Iterator[tuple[str, str]]:
    """Run the call and yield each of its statements with the query plan.

    The tables of a test are small, and a full scan is cheapest. The ``forbidden`` plan types are
    disabled, so PostgreSQL uses them only if there is no other plan.
    """
    with CaptureQueriesContext(connection) as captured:
        call()
    with connection.cursor() as cursor:
        for way in forbidden:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        for query in captured:
            sql = query["sql"].strip()
            if sql.startswith(EXPLAINABLE):
                cursor.execute("EXPLAIN " + sql.replace("%", "%%"), [])
                yield sql, "\n".join(row[0] for row in cursor.fetchall())
