"""Read customer identifiers from v1.1 queries and items, and find the customers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from crm.dialects.transport_errors import BatchTooLarge
from crm.dialects.v1_1.batch_items import MAX_ITEMS, Item, read_text
from crm.dialects.v1_1.views import ItemResult, Row, V11View
from crm.kernel.errors import DomainError, Notice
from customers import notices
from customers.queries.customers.by_identifiers import CustomerMatch, match_customers
from customers.queries.customers.headings import Heading, list_headings
from customers.rules.identifiers import restore_plus
from customers.rules.lookups import LOOKUP_ORDER, LOYALTY_ID

# By wire name. If one kind is passed under two names, the first one here decides.
KIND_BY_NAME: Mapping[str, str] = {
    "mobile": "mobile",
    "email": "email",
    "external_id": "externalId",
    "card": "cardnumber",
    "card_number": "cardnumber",
    "cardnumber": "cardnumber",
    "user_id": "id",
    "customer_id": "id",
    "id": "id",
    "loyalty_id": LOYALTY_ID,
}
# The parameter for a value of any kind.
ANY_KIND = "identifier"
# A loyalty id says so: the same number may be the id of another customer.
ANY_KINDS = tuple(kind for kind in LOOKUP_ORDER if kind != LOYALTY_ID)

LOOKUP_PARAMETERS = [
    OpenApiParameter(name, str, description=description)
    for name, description in (
        ("mobile", "Mobile numbers, separated by commas."),
        ("email", "Email addresses, separated by commas."),
        ("external_id", "External ids, separated by commas."),
        ("card", "Card numbers, separated by commas."),
        ("id", "Customer ids, separated by commas; same as `user_id`."),
        ("loyalty_id", "Numbers of memberships, separated by commas: `loyaltyId` of details."),
    )
]


@dataclass(frozen=True, slots=True)
class CustomerLookup:
    """The identifiers of one requested customer, by kind, and by wire name for the answer."""

    identifiers: Mapping[str, object] = field(default_factory=dict)
    echo: Mapping[str, Any] = field(default_factory=dict)


# A lookup, and its customer or the refusal.
Match = tuple[CustomerLookup, CustomerMatch | DomainError]

# --- In a query -------------------------------------------------------------------------


def find_requested_customers(view: V11View) -> list[Match]:
    """Return each lookup of the query with the customer, or the refusal."""
    lookups = read_lookups(view.request.query_params)
    matches = match_customers(org=view.org, items=[lookup.identifiers for lookup in lookups])
    return list(zip(lookups, matches, strict=True))


def read_lookups(query: QueryDict) -> list[CustomerLookup]:
    """Return the lookups of a query, one for each customer.

    With one value of each kind, all of them identify one customer. With several values of a kind,
    separated by commas or repeated, each value is a customer. ``identifier=<value>`` may be of any
    kind but a loyalty id.

    Raises:
        BatchTooLarge: the query asks for too many customers.
    """
    values_by_name = {
        name: [
            restore_plus(value) if kind == "mobile" else value.strip()
            for value in _read_values(query, name)
        ]
        for name, kind in KIND_BY_NAME.items()
    }
    any_kind_values = _read_values(query, ANY_KIND)
    if sum(map(len, values_by_name.values())) + len(any_kind_values) > MAX_ITEMS:
        raise BatchTooLarge(most=MAX_ITEMS)
    if all(len(values) <= 1 for values in values_by_name.values()):
        single_values = {name: values[0] for name, values in values_by_name.items() if values}
        lookups = (
            [CustomerLookup(read_identifiers(single_values), single_values)]
            if single_values
            else []
        )
    else:
        lookups = [
            CustomerLookup({KIND_BY_NAME[name]: value}, {name: value})
            for name, values in values_by_name.items()
            for value in values
        ]
    lookups += [
        CustomerLookup(
            {**dict.fromkeys(ANY_KINDS, value.strip()), "mobile": restore_plus(value)},
            {ANY_KIND: value.strip()},
        )
        for value in any_kind_values
    ]
    # An empty query is refused as an item, like an unknown customer.
    return lookups or [CustomerLookup()]


def _read_values(query: QueryDict, name: str) -> list[str]:
    raw_values = [value for text_list in query.getlist(name) for value in text_list.split(",")]
    # ``user_id=true`` only asks to show the id.
    values = {
        value.strip(): value
        for value in raw_values
        if value.strip().lower() not in ("", "true", "false")
    }
    return list(values.values())


def list_match_headings(org_id: int, matches: Iterable[Match]) -> dict[int, Heading]:
    """Return the headings of the customers who were found, by id. Takes two queries."""
    return list_headings(org_id=org_id, customer_ids=list_match_ids(matches))


def list_match_ids(matches: Iterable[Match]) -> set[int]:
    return {match.customer_id for _, match in matches if isinstance(match, CustomerMatch)}


def build_rows(
    view: V11View, matches: Iterable[Match], build: Callable[[CustomerMatch], ItemResult]
) -> list[Row]:
    """Return the row of each lookup: what ``build`` returns, or the refusal with its identifiers.

    For a victim, the code (91009) of a successful row names the survivor.
    """
    return [
        view.build_refusal_row(match, lookup.echo)
        if isinstance(match, DomainError)
        else view.build_success_row(_add_survivor(match, build(match)))
        for lookup, match in matches
    ]


def _add_survivor(match: CustomerMatch, result: ItemResult) -> ItemResult:
    if match.victim_id is None or result.failure is not None:
        return result
    return replace(result, message_name=notices.MERGED, facts={"survivor_id": match.customer_id})


# --- In an item -------------------------------------------------------------------------


def read_identifiers(item: Item) -> dict[str, object]:
    """Return an item's identifiers by kind, without blank ones."""
    identifiers: dict[str, object] = {}
    for name, kind in KIND_BY_NAME.items():
        if not _is_blank(item.get(name)):
            identifiers.setdefault(kind, item[name])
    return identifiers


def find_item_customer(view: V11View, item: Item) -> CustomerMatch:
    """Return the customer of an item.

    Raises the refusal of the lookup.
    """
    [match] = match_customers(org=view.org, items=[read_identifiers(item)])
    if isinstance(match, DomainError):
        raise match
    return match


def echo_identifiers(item: Item) -> dict[str, Any]:
    """Return the identifiers of an item, to repeat them in the answer."""
    return {name: read_text(item[name]) for name in KIND_BY_NAME if not _is_blank(item.get(name))}


def _is_blank(value: Any) -> bool:
    return value is None or value == {} or (isinstance(value, str) and not value.strip())


# --- Merged customers -------------------------------------------------------------------


def build_merge_notices(customer: CustomerMatch) -> list[Notice]:
    """Return the warning (91009) of a write that went to the survivor."""
    if customer.victim_id is None:
        return []
    return [Notice(notices.MERGED, survivor_id=customer.customer_id)]
