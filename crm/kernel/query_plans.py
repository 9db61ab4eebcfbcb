"""Query planning by PostgreSQL in units of work with many rows."""

from collections.abc import Sequence

from django.db import connection, models

from crm.kernel.transactions import within_unit_of_work, write_before_commit


@within_unit_of_work
def force_custom_plans() -> None:
    """Make PostgreSQL plan every statement of this unit for the current data.

    Prepared statements keep their first plan until the tables are analyzed again. An import that
    begins on empty tables fills them before that, and a sequential scan that costs nothing on an
    empty table takes minutes later. The checks of foreign keys at the commit are excepted: planned
    anew for each row, they took a third of an import.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        write_before_commit(_keep_plans_of_checks, None)


def _keep_plans_of_checks(_: Sequence[None]) -> None:
    with connection.cursor() as cursor:
        # Plans that were made while the tables were small.
        cursor.execute("DISCARD PLANS")
        cursor.execute(
            "SELECT set_config('enable_seqscan', 'off', true), "
            "set_config('plan_cache_mode', 'auto', true)"
        )


def analyze_table(model: type[models.Model]) -> None:
    """Update the statistics of a table that was just filled, before many statements read it.

    Autovacuum does the same some minutes later. If the role does not own the table, PostgreSQL only
    warns.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
