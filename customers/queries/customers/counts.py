"""Counts of customers, and of registrations by day."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate

from customers.models import Customer
from customers.queries.customers.test_customers import exclude_test_customers
from customers.rules.times import get_day_span

# Exact larger numbers are of no use, and counting on would read the whole index.
MAX_COUNT = 100_000


def count_customers(*, org_id: int) -> tuple[int, bool]:
    """Return the number of customers that are not merged, up to 100,000, and if there are more.

    Test customers do not count.
    """
    rows = Customer.objects.filter(org_id=org_id, merged_into__isnull=True)
    rows = exclude_test_customers(rows)
    count = rows.order_by()[: MAX_COUNT + 1].count()
    return min(count, MAX_COUNT), count > MAX_COUNT


def count_registrations_by_day(
    *, org_id: int, zone: ZoneInfo, since: date, until: date
) -> dict[date, int]:
    """Return the number of registrations by local day, including days without any.

    Test customers do not count.
    """
    days = {since + timedelta(days=n): 0 for n in range((until - since).days + 1)}
    rows = (
        exclude_test_customers(
            Customer.objects.filter(
                org_id=org_id,
                registered_at__gte=get_day_span(since, zone).start,
                registered_at__lt=get_day_span(until, zone).end,
            )
        )
        .values_list(TruncDate("registered_at", tzinfo=zone))
        .annotate(count=Count("pk"))
        .order_by()
    )
    days.update({day: count for day, count in rows if day in days})
    return days
