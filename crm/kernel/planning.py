"""How PostgreSQL plans the statements of a unit that moves many rows."""

from django.db import connection, models

from crm.kernel.transactions import within_unit_of_work


@within_unit_of_work
def plan_for_growing_tables() -> None:
    """Let every statement of this unit be planned for the rows that are there now.

    Prepared statements keep a plan from their first uses until the tables are analysed again. An
    import that begins on empty tables fills them sooner than that, and a plan that reads all of
    an empty table costs nothing then, and minutes a while later.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")


def count_anew(model: type[models.Model]) -> None:
    """Let PostgreSQL look at a table that was just filled, before many statements read it.

    Autovacuum does the same, some minutes too late. Where the table is somebody else's, PostgreSQL
    leaves it alone with a warning.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
