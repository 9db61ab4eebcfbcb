"""Finding customers by the beginning of a name or an identifier (operation 7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from crm.kernel.text import LAST
from customers.models import Profile, ProfileIdentifier, SearchKey
from customers.rules.search_text import prefix_of, words_of_key, words_of_names
from customers.search_errors import SearchTextInvalid

LONGEST_TEXT = 100
# Counting further costs more with every match and tells nobody more.
MOST_COUNTED = 1_000
# A customer seldom has more words that begin alike: first, last and full name, a mobile twice.
WORDS_A_CUSTOMER = 4
ACCOUNT = ("source_account__source", "source_account__account_id")


@dataclass(frozen=True, slots=True)
class Match:
    """A name or an identifier that begins with the text, and the source account it stands in."""

    kind: str
    value: str
    source: str
    account_id: str


@dataclass(slots=True)
class FoundCustomer:
    """A customer with everything that matched, and their open profiles' names."""

    customer_id: int
    matches: list[Match] = field(default_factory=list)
    profiles: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Source, account id, first name, last name."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page; ``is_capped``: there are ``total`` customers at least."""

    total: int
    is_capped: bool
    customers: list[FoundCustomer]


def find_customers(*, org_id: int, text: str, limit: int, offset: int = 0) -> Found:
    """Customers who have a word that begins with the text, in every source, by the word.

    Case, accents and width do not matter; a mobile is found without its country code too,
    and however it is spaced after a plus sign. Four queries at most, whatever the number of
    matches; the total is exact up to 1,000.

    Raises:
        SearchTextInvalid: the text is empty, or longer than 100 characters.
    """
    prefix = prefix_of(text)
    if not prefix or len(text) > LONGEST_TEXT:
        raise SearchTextInvalid()
    matching = _beginning_with(org_id, prefix)
    ids, is_all = _page(matching, limit, offset)
    is_known = is_all and (ids or not offset)
    total = offset + len(ids) if is_known else _count(matching)
    return Found(
        total=min(total, MOST_COUNTED),
        is_capped=total > MOST_COUNTED,
        customers=_described(ids, prefix),
    )


def find_customer_ids(*, org_id: int, text: str, limit: int) -> list[int]:
    """Just the keys, for lists that show their own columns; nothing for an empty text."""
    prefix = prefix_of(text[:LONGEST_TEXT])
    return _page(_beginning_with(org_id, prefix), limit, 0)[0] if prefix else []


def _beginning_with(org_id: int, prefix: str) -> QuerySet[SearchKey]:
    # "less than prefix + the last character" is a range that the b-tree answers; LIKE may not be.
    return SearchKey.objects.filter(
        Q(text__gte=prefix) & Q(text__lt=prefix + LAST), org_id=org_id
    ).order_by("text", "customer_id")


def _page(matching: QuerySet[SearchKey], limit: int, offset: int) -> tuple[list[int], bool]:
    """The keys of one page, each once, and whether the matches end with it."""
    wanted = offset + limit
    seen: dict[int, None] = {}
    read = 0
    while True:
        step = (wanted + 1 - len(seen)) * WORDS_A_CUSTOMER
        words = list(matching.values_list("customer_id", flat=True)[read : read + step])
        seen.update(dict.fromkeys(words))
        read += len(words)
        if len(words) < step or len(seen) > wanted:
            return list(seen)[offset:wanted], len(seen) <= wanted


def _count(matching: QuerySet[SearchKey]) -> int:
    """How many customers match, up to one more than is ever told."""
    words = WORDS_A_CUSTOMER * MOST_COUNTED
    while True:
        counted = matching[:words].aggregate(
            customers=Count("customer_id", distinct=True), words=Count("customer_id")
        )
        if counted["words"] < words or counted["customers"] > MOST_COUNTED:
            total: int = counted["customers"]
            return total
        words *= 4


def _described(ids: Sequence[int], prefix: str) -> list[FoundCustomer]:
    found = {pk: FoundCustomer(pk) for pk in ids}
    for pk, first, last, source, account in (
        Profile.objects.filter(customer_id__in=ids, closed_at__isnull=True)
        .order_by("pk")
        .values_list("customer_id", "first_name", "last_name", *ACCOUNT)
    ):
        found[pk].profiles.append((source, account, first, last))
        shown = {"firstName": first, "lastName": last, "fullName": f"{first} {last}"}
        for word, kind in words_of_names(first, last):
            if word.startswith(prefix):
                found[pk].matches.append(Match(kind, shown[kind], source, account))
    for pk, kind, value, source, account in (
        ProfileIdentifier.objects.filter(profile__customer_id__in=ids)
        .order_by("pk")
        .values_list(
            "profile__customer_id",
            "identifier__type",
            "identifier__value",
            *(f"profile__{name}" for name in ACCOUNT),
        )
    ):
        if any(word.startswith(prefix) for word, _ in words_of_key((kind, value))):
            found[pk].matches.append(Match(kind, value, source, account))
    return list(found.values())
