"""Search requests by customer, value or content."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet

from crm.approvals.models import Request
from crm.kernel.ids import read_id
from crm.kernel.text import LAST
from customers.queries.customers.search import find_customer_ids, get_country_reader
from customers.rules.search_text import list_stored_number_prefixes

# A search that matches more customers than this is too broad.
MOST_CUSTOMERS = 1_001
LONGEST_TEXT = 100


def find_requests(rows: QuerySet[Any], *, org_id: int, text: str, limit: int) -> list[int]:
    """Return the ids of the requests in ``rows`` that match the text.

    The text matches the beginning of the customer's name or identifier, or of the old or new
    value. A number also matches a customer id or request id. At most ``limit`` ids for each
    condition; five queries, one more for a number, and those of the customer search.
    """
    text = text.replace("\0", "").strip()[:LONGEST_TEXT]
    if not text:
        return []
    get_country = cache(get_country_reader(org_id))
    customers = set(find_customer_ids(org_id=org_id, text=text, limit=MOST_CUSTOMERS))
    number = read_id(text)
    numbers = set() if number is None else {number}
    customers |= numbers
    conditions = [
        Q(customer_id__in=customers),
        Q(other_customer_id__in=customers),
        starts_with("old_value", text, get_country),
        starts_with("new_value", text, get_country),
        Q(pk__in=numbers),
    ]
    request_ids: set[int] = set()
    for condition in conditions:
        request_ids.update(rows.filter(condition).order_by().values_list("pk", flat=True)[:limit])
    return sorted(request_ids)


def starts_with(field: str, text: str, get_country: Callable[[], str]) -> Q:
    """Return a condition for values that start with the text, as index ranges.

    Email addresses are stored in lower case and mobile numbers as digits.
    """
    prefixes = {text, text.lower(), *list_stored_number_prefixes(text, get_country)}
    if text.startswith("+"):
        prefixes.add("".join(c for c in text if c.isdecimal()))
    condition = Q()
    for prefix in sorted(prefixes - {""}):
        condition |= Q(**{f"{field}__gte": prefix, f"{field}__lte": prefix + LAST})
    return condition


def find_pending_unmerge_request(*, org_id: int, customer_id: int, merge_id: int) -> Request | None:
    """Return the pending unmerge request, or None. ``customer_id`` is the survivor."""
    requests = Request.objects.open().filter(
        org_id=org_id,
        kind=Request.Kind.MERGE_UNDO,
        customer_id=customer_id,
        payload__merge_id=merge_id,
    )
    return requests.select_related("maker").order_by("pk").first()
