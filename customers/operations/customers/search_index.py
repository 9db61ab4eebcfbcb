"""Updating the search table after changes of names and identifiers (design, section 3)."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from crm.kernel.bulk import Insert, insert_unless_taken
from crm.kernel.compiled_queries import CompiledQuery
from crm.kernel.transactions import within_unit_of_work
from customers.models import Customer, Identifier, Profile, SearchKey
from customers.rules.registration import ProfileEntry
from customers.rules.search_text import list_identifier_words, list_name_words

BATCH_SIZE = 1_000
COLUMNS = ("org_id", "text", "customer_id", "kind")


def build_search_rows(*, org_id: int, profiles: Iterable[tuple[int, ProfileEntry]]) -> Insert:
    """Build the search rows of customers that are created in this unit."""
    rows: set[tuple[int, str, int, str]] = set()
    for customer_id, profile in profiles:
        words = list_name_words(profile.first_name or "", profile.last_name or "")
        rows |= {(org_id, text, customer_id, kind) for text, kind in words if text}
        for key in profile.identifiers:
            rows |= {
                (org_id, text, customer_id, kind)
                for text, kind in list_identifier_words(key)
                if text
            }
    # In the order of the key, so that the pages of the index are filled one after another.
    return Insert(SearchKey, COLUMNS, sorted(rows))


@within_unit_of_work
def reindex_customers(*, org_id: int, customer_ids: Collection[int]) -> None:
    """Update the search rows of these customers from their current names and identifiers."""
    if not customer_ids:
        return
    expected: set[tuple[int, str, int, str]] = set()
    for customer, first, last in _PROFILES.fetch(customer_ids):
        expected |= {(org_id, text, customer, kind) for text, kind in list_name_words(first, last)}
    for customer, kind, value in _IDENTIFIERS.fetch(customer_ids):
        expected |= {
            (org_id, text, customer, k) for text, k in list_identifier_words((kind, value)) if text
        }
    present = set(_SEARCH_ROWS.fetch(customer_ids, org_id=org_id))
    # All rows of a customer with a stale word are written again: two statements for any list.
    stale = {customer for _, _, customer, _ in present - expected}
    if stale:
        SearchKey.objects.filter(org_id=org_id, customer_id__in=stale).delete()
        present = {row for row in present if row[2] not in stale}
    insert_unless_taken(SearchKey, COLUMNS, sorted(expected - present))


def _select_profiles(ids: Sequence[int]) -> QuerySet[Profile, tuple[Any, ...]]:
    rows = Profile.objects.filter(customer_id__in=ids, closed_at__isnull=True)
    return rows.values_list("customer_id", "first_name", "last_name")


def _select_identifiers(ids: Sequence[int]) -> QuerySet[Identifier, tuple[Any, ...]]:
    rows = Identifier.objects.filter(customer_id__in=ids)
    return rows.values_list("customer_id", "type", "value")


def _select_search_rows(ids: Sequence[int], org_id: int) -> QuerySet[SearchKey, tuple[Any, ...]]:
    rows = SearchKey.objects.filter(org_id=org_id, customer_id__in=ids)
    return rows.values_list(*COLUMNS)


_PROFILES = CompiledQuery(_select_profiles)
_IDENTIFIERS = CompiledQuery(_select_identifiers)
_SEARCH_ROWS = CompiledQuery(_select_search_rows)


@within_unit_of_work
def reindex_next_customers(*, after_id: int) -> list[int]:
    """Update the search rows of the next customers of any organization; return their ids.

    The customers are locked, so that no word is lost that another unit is about to write.
    """
    customers = Customer.objects.filter(pk__gt=after_id).order_by("pk").select_for_update()
    ids_by_org: dict[int, list[int]] = {}
    ids = []
    for pk, org_id in customers.values_list("pk", "org_id")[:BATCH_SIZE]:
        ids_by_org.setdefault(org_id, []).append(pk)
        ids.append(pk)
    for org_id, customer_ids in ids_by_org.items():
        reindex_customers(org_id=org_id, customer_ids=customer_ids)
    return ids
