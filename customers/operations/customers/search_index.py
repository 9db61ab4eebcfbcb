"""Keeping the search table in step with names and identifiers (design, section 3)."""

from collections.abc import Collection, Iterable

from crm.kernel.bulk import bulk_insert, insert_unless_taken
from crm.kernel.transactions import within_unit_of_work
from customers.models import Identifier, Profile, SearchKey
from customers.rules.search_text import Word, words_of_key, words_of_names

COLUMNS = ("org_id", "text", "customer_id", "kind")


@within_unit_of_work
def index_newcomers(*, org_id: int, words: Iterable[tuple[int, Word]]) -> None:
    """Write the search rows of customers that were made in this unit."""
    rows = {(org_id, text, customer, kind) for customer, (text, kind) in words if text}
    # In the order of the key: pages of the index are then filled one after another.
    bulk_insert(SearchKey, COLUMNS, sorted(rows))


@within_unit_of_work
def index_again(*, org_id: int, customer_ids: Collection[int]) -> None:
    """Make the search rows of these customers say what is stored now."""
    if not customer_ids:
        return
    wanted: set[tuple[int, str, int, str]] = set()
    for customer, first, last in Profile.objects.filter(
        customer_id__in=customer_ids, closed_at__isnull=True
    ).values_list("customer_id", "first_name", "last_name"):
        wanted |= {(org_id, text, customer, kind) for text, kind in words_of_names(first, last)}
    for customer, kind, value in Identifier.objects.filter(
        customer_id__in=customer_ids
    ).values_list("customer_id", "type", "value"):
        wanted |= {(org_id, text, customer, k) for text, k in words_of_key((kind, value)) if text}
    present = set(
        SearchKey.objects.filter(org_id=org_id, customer_id__in=customer_ids).values_list(*COLUMNS)
    )
    # Who has a word too many loses all and gets the right ones back: two statements for any list.
    stale = {customer for _, _, customer, _ in present - wanted}
    if stale:
        SearchKey.objects.filter(org_id=org_id, customer_id__in=stale).delete()
        present = {row for row in present if row[2] not in stale}
    insert_unless_taken(SearchKey, COLUMNS, sorted(wanted - present))
