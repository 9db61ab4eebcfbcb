"""How many customers there are, and how many came on which day."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate

from customers.models import Customer
from customers.rules.times import end_of_day, start_of_day

# Nobody reads the digits of a larger number, and counting on would read the whole index.
COUNTED = 100_000


def count_customers(*, org_id: int) -> tuple[int, bool]:
    """How many customers the organization has, merged ones left out, up to 100,000; and whether
    there are more."""
    rows = Customer.objects.filter(org_id=org_id, merged_into__isnull=True)
    counted = rows.order_by()[: COUNTED + 1].count()
    return min(counted, COUNTED), counted > COUNTED


def count_registrations_by_day(
    *, org_id: int, zone: ZoneInfo, since: date, until: date
) -> dict[date, int]:
    """Registrations of each day of the organization's calendar, days without any included."""
    days = {since + timedelta(days=n): 0 for n in range((until - since).days + 1)}
    rows = (
        Customer.objects.filter(
            org_id=org_id,
            registered_at__gte=start_of_day(since, zone),
            registered_at__lte=end_of_day(until, zone),
        )
        .values_list(TruncDate("registered_at", tzinfo=zone))
        .annotate(count=Count("pk"))
        .order_by()
    )
    days.update({day: count for day, count in rows if day in days})
    return days
