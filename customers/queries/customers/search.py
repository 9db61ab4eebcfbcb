"""Finding customers by the beginning of a name or an identifier (operation 7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Count, Exists, OuterRef, Q

from crm.kernel.text import LAST
from crm.tenancy.models import Organization
from customers.errors import SearchTextInvalid
from customers.models import Profile, ProfileIdentifier, SearchKey
from customers.rules.search_text import (
    FIRST_NAME_PART,
    LAST_NAME_PART,
    SearchPrefixes,
    build_search_prefixes,
    list_identifier_words,
    list_name_words,
)

MAX_TEXT_LENGTH = 100
# Exact larger numbers are of no use, and counting costs more with every match.
MAX_COUNT = 1_000
# A customer seldom has more words with one prefix: first, last and full name, a mobile twice.
WORDS_PER_CUSTOMER = 4
# A word within a name matches the name.
NAME_BY_PART = {FIRST_NAME_PART: "firstName", LAST_NAME_PART: "lastName"}
ACCOUNT_COLUMNS = ("source_account__source", "source_account__account_id")


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """A name or an identifier that begins with the text, and its source account."""

    kind: str
    value: str
    source: str
    account_id: str


@dataclass(slots=True)
class SearchResult:
    """A customer with everything that matched, and their open profiles' names."""

    customer_id: int
    matches: list[SearchMatch] = field(default_factory=list)
    profiles: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Source, account id, first name, last name."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results; if ``is_capped``, there are at least ``total`` customers."""

    total: int
    is_capped: bool
    customers: list[SearchResult]


def find_customers(
    *, org_id: int, text: str, limit: int, offset: int = 0, source_account_id: int | None = None
) -> SearchPage:
    """Return customers with a word that begins with the text, ordered by that word.

    With a source account, only customers with an open profile in it are found, and
    their other profiles are not shown; what matches may be of another source.
    Case, accents and width do not matter. A mobile is also found without its country code, and
    however its beginning is written: with separators, 00, a plus or the zero of a call from within
    the country. What begins with the text as it is comes first. The total is exact up to 1,000.
    Four queries at most; for a number two more.

    Raises:
        SearchTextInvalid: the text is empty, or longer than 100 characters.
    """
    prefixes = build_search_prefixes(text, get_country_reader(org_id))
    if not prefixes.plain or len(text) > MAX_TEXT_LENGTH:
        raise SearchTextInvalid()
    conditions = _list_conditions(prefixes)
    if source_account_id is not None:
        has_profile = _build_account_condition(source_account_id)
        conditions = [condition & has_profile for condition in conditions]
    ids, is_all = _fetch_page(org_id, conditions, limit, offset)
    is_known = is_all and (ids or not offset)
    total = offset + len(ids) if is_known else _count_customers(org_id, conditions)
    return SearchPage(
        total=min(total, MAX_COUNT),
        is_capped=total > MAX_COUNT,
        customers=_build_results(ids, prefixes, source_account_id),
    )


def find_customer_ids(*, org_id: int, text: str, limit: int) -> list[int]:
    """Return only the customer ids, for lists with their own columns; empty for empty text."""
    prefixes = build_search_prefixes(text[:MAX_TEXT_LENGTH], get_country_reader(org_id))
    return _fetch_page(org_id, _list_conditions(prefixes), limit, 0)[0] if prefixes.plain else []


def get_country_reader(org_id: int) -> Callable[[], str]:
    """Return what reads the organization's country, with one query, where a number needs it."""
    rows = Organization.objects.filter(pk=org_id).values_list("default_country", flat=True)
    return lambda: rows.first() or ""


def _list_conditions(prefixes: SearchPrefixes) -> list[Q]:
    """Return the conditions of which one has to hold, each a range of the index."""
    return [
        _build_range(prefixes.plain),
        *(_build_range(prefix) & Q(kind="mobile") for prefix in prefixes.mobiles),
    ]


def _build_account_condition(source_account_id: int) -> Q:
    profiles = Profile.objects.filter(
        customer_id=OuterRef("customer_id"),
        source_account_id=source_account_id,
        closed_at__isnull=True,
    )
    return Q(Exists(profiles))


def _build_range(prefix: str) -> Q:
    # A range up to the prefix plus the last character uses the b-tree; LIKE may not.
    return Q(text__gte=prefix) & Q(text__lt=prefix + LAST)


def _fetch_page(
    org_id: int, conditions: Sequence[Q], limit: int, offset: int
) -> tuple[list[int], bool]:
    """Return the distinct customer ids of one page, and whether it is the last page.

    The ranges are read one after another, so that each keeps the order of the index.
    """
    end = offset + limit
    found: dict[int, None] = {}
    for condition in conditions:
        matching = SearchKey.objects.filter(condition, org_id=org_id)
        customers = matching.order_by("text", "customer_id").values_list("customer_id", flat=True)
        read_count = 0
        while True:
            step = (end + 1 - len(found)) * WORDS_PER_CUSTOMER
            words = list(customers[read_count : read_count + step])
            found.update(dict.fromkeys(words))
            if len(found) > end:
                return list(found)[offset:end], False
            if len(words) < step:
                break
            read_count += len(words)
    return list(found)[offset:end], True


def _count_customers(org_id: int, conditions: Sequence[Q]) -> int:
    """Return the number of matching customers, up to one more than the cap."""
    matching = SearchKey.objects.filter(reduce(or_, conditions), org_id=org_id)
    words = WORDS_PER_CUSTOMER * MAX_COUNT
    while True:
        counts = matching.order_by()[:words].aggregate(
            customers=Count("customer_id", distinct=True), words=Count("customer_id")
        )
        if counts["words"] < words or counts["customers"] > MAX_COUNT:
            total: int = counts["customers"]
            return total
        words *= 4


def _build_results(
    ids: Sequence[int], prefixes: SearchPrefixes, source_account_id: int | None
) -> list[SearchResult]:
    results = {pk: SearchResult(pk) for pk in ids}
    for pk, account_pk, first, last, source, account in (
        Profile.objects.filter(customer_id__in=ids, closed_at__isnull=True)
        .order_by("pk")
        .values_list(
            "customer_id", "source_account_id", "first_name", "last_name", *ACCOUNT_COLUMNS
        )
    ):
        if source_account_id in (None, account_pk):
            results[pk].profiles.append((source, account, first, last))
        shown = {"firstName": first, "lastName": last, "fullName": f"{first} {last}"}
        kinds = dict.fromkeys(
            NAME_BY_PART.get(kind, kind)
            for word, kind in list_name_words(first, last)
            if prefixes.match(word, kind)
        )
        matches = (SearchMatch(kind, shown[kind], source, account) for kind in kinds)
        results[pk].matches.extend(matches)
    for pk, kind, value, source, account in (
        ProfileIdentifier.objects.filter(profile__customer_id__in=ids)
        .order_by("pk")
        .values_list(
            "profile__customer_id",
            "identifier__type",
            "identifier__value",
            *(f"profile__{name}" for name in ACCOUNT_COLUMNS),
        )
    ):
        if any(prefixes.match(word, kind) for word, _ in list_identifier_words((kind, value))):
            results[pk].matches.append(SearchMatch(kind, value, source, account))
    return list(results.values())
