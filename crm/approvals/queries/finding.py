"""Finding requests by a customer or a value."""

from typing import Any

from django.db.models import Q, QuerySet

from crm.kernel.text import LAST
from customers.queries.search import find_customer_ids

LARGEST_ID = 2**63 - 1
# A customer seldom has many requests; more customers than this are no search any more.
MOST_CUSTOMERS = 1_001
LONGEST_TEXT = 100


def find_requests(rows: QuerySet[Any], *, org_id: int, text: str, limit: int) -> list[int]:
    """Keys of those of ``rows`` that are about whom or what the text begins to name.

    A customer is found by the beginning of a name or an identifier, a value by its own
    beginning, and a number is a customer's or the request's own as well. At most ``limit`` of
    each way there is; five queries and those of the customers' search.
    """
    text = text.replace("\0", "").strip()[:LONGEST_TEXT]
    if not text:
        return []
    customers = set(find_customer_ids(org_id=org_id, text=text, limit=MOST_CUSTOMERS))
    numbers = set()
    if text.isascii() and text.isdecimal() and 0 < int(text) <= LARGEST_ID:
        numbers.add(int(text))
        customers |= numbers
    ways = [
        Q(customer_id__in=customers),
        Q(other_customer_id__in=customers),
        begins("old_value", text),
        begins("new_value", text),
        Q(pk__in=numbers),
    ]
    found: set[int] = set()
    for way in ways:
        found.update(rows.filter(way).order_by().values_list("pk", flat=True)[:limit])
    return sorted(found)


def begins(field: str, text: str) -> Q:
    """The values that begin with the text, as ranges of an index.

    Addresses are kept in small letters and numbers as digits, however they are typed.
    """
    typed = {text, text.lower()}
    if text.startswith(("+", "00")):
        typed.add("".join(c for c in text if c.isdecimal()).lstrip("0"))
    found = Q()
    for prefix in sorted(typed - {""}):
        found |= Q(**{f"{field}__gte": prefix, f"{field}__lte": prefix + LAST})
    return found
