"""Leaving test customers out of lists, counts and exports."""

from typing import Any

from django.db.models import Q, QuerySet

# Of a real customer.
NO_END_POINTS: list[str] = []


def exclude_test_customers(rows: QuerySet[Any], customer_path: str = "") -> QuerySet[Any]:
    """Return the rows of real customers; rows without a customer stay.

    ``customer_path`` leads from a row to its customer; blank: the rows are customers.
    """
    if not customer_path:
        return rows.filter(end_points=NO_END_POINTS)
    is_real = Q(**{f"{customer_path}__end_points": NO_END_POINTS})
    return rows.filter(is_real | Q(**{f"{customer_path}__isnull": True}))


def select_test_customers(rows: QuerySet[Any], customer_path: str = "") -> QuerySet[Any]:
    """Return the rows of test customers."""
    name = f"{customer_path}__end_points" if customer_path else "end_points"
    return rows.exclude(**{name: NO_END_POINTS})
