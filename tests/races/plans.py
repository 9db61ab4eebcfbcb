"""How PostgreSQL would run the statements of a call, were its tables large."""

from collections.abc import Callable, Collection, Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext

EXPLAINABLE = ("SELECT", "UPDATE", "DELETE", "WITH")


def plans_of(
    call: Callable[[], object], *, forbidden: Collection[str] = ("seqscan",)
) -> Iterator[tuple[str, str]]:
    """Make the call; give each of its statements with the plan for it.

    The tables of a test are tiny, and reading or sorting them whole is cheapest: ``forbidden`` is
    done only where there is no other way.
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
