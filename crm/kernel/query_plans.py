"""Query planning by PostgreSQL in units of work with many rows."""

from django.db import connection, models

from crm.kernel.transactions import within_unit_of_work


@within_unit_of_work
def force_custom_plans() -> None:
    """Make PostgreSQL plan every statement of this unit for the current data.

    Prepared statements keep their first plan until the tables are analyzed again. An import that
    begins on empty tables fills them before that, and a sequential scan that costs nothing on an
    empty table takes minutes later.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")


def analyze_table(model: type[models.Model]) -> None:
    """Update the statistics of a table that was just filled, before many statements read it.

    Autovacuum does the same some minutes later. If the role does not own the table, PostgreSQL only
    warns.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
