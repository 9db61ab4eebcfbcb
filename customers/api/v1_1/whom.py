"""Whom a request of v1.1 means: identifiers in a query, batches by comma, and in each item."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from crm.dialects.refusals import BatchTooLarge
from crm.dialects.v1_1.items import MOST_ITEMS, Item, text
from crm.dialects.v1_1.views import Done, V11View
from crm.kernel.errors import DomainError, Notice
from customers import notices
from customers.queries.whom import DECIDING, Whom, find_whom

# By their names on the wire. Where one kind is passed by two names, the first here decides.
KINDS: Mapping[str, str] = {
    "mobile": "mobile",
    "email": "email",
    "external_id": "externalId",
    "card": "cardnumber",
    "card_number": "cardnumber",
    "cardnumber": "cardnumber",
    "user_id": "id",
    "customer_id": "id",
    "id": "id",
}
# A value of whichever kind it is.
ANY_KIND = "identifier"

WHOM = [
    OpenApiParameter(name, str, description=said)
    for name, said in (
        ("mobile", "Mobile numbers, by comma."),
        ("email", "Email addresses, by comma."),
        ("external_id", "External ids, by comma."),
        ("card", "Card numbers, by comma."),
        ("id", "The customers' own ids, by comma; `user_id` means the same."),
    )
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a query asks for: by kind for the domain, by the names on the wire for the answer."""

    named: Mapping[str, object] = field(default_factory=dict)
    echo: Mapping[str, Any] = field(default_factory=dict)


# --- In a query -------------------------------------------------------------------------


def find_asked(view: V11View) -> list[tuple[Asked, Whom | DomainError]]:
    """Return whom the request's query asks for, or why there is nobody."""
    asked = asked_in(view.request.query_params)
    found = find_whom(org=view.org, asked=[one.named for one in asked])
    return list(zip(asked, found, strict=True))


def asked_in(query: QueryDict) -> list[Asked]:
    """Return whom a query asks for, one entry for each customer.

    One value of each kind is one customer, by several identifiers. Where there are several values
    of a kind, by comma or repeated, each value is a customer. ``identifier=<value>`` may be of any
    kind.

    Raises:
        BatchTooLarge: there are too many.
    """
    said = {name: _values(query, name) for name in KINDS}
    of_any_kind = _values(query, ANY_KIND)
    if sum(map(len, said.values())) + len(of_any_kind) > MOST_ITEMS:
        raise BatchTooLarge(most=MOST_ITEMS)
    if all(len(values) <= 1 for values in said.values()):
        alone = {name: values[0] for name, values in said.items() if values}
        asked = [Asked(whom_in(alone), alone)] if alone else []
    else:
        asked = [
            Asked({KINDS[name]: value}, {name: value})
            for name, values in said.items()
            for value in values
        ]
    asked += [Asked(dict.fromkeys(DECIDING, value), {ANY_KIND: value}) for value in of_any_kind]
    # Asking for nobody is refused as an item, like asking for somebody unknown.
    return asked or [Asked()]


def _values(query: QueryDict, name: str) -> list[str]:
    said = [value.strip() for piece in query.getlist(name) for value in piece.split(",")]
    # ``user_id=true`` asks for the id to be shown.
    return list(
        dict.fromkeys(value for value in said if value and value.lower() not in ("true", "false"))
    )


# --- In an item -------------------------------------------------------------------------


def whom_in(item: Item) -> dict[str, object]:
    """Return an item's identifiers by kind, those that say something."""
    named: dict[str, object] = {}
    for name, kind in KINDS.items():
        if not _is_blank(item.get(name)):
            named.setdefault(kind, item[name])
    return named


def find_one(view: V11View, item: Item) -> Whom:
    """Return whom an item means.

    Raises what ``find_whom`` refuses.
    """
    [found] = find_whom(org=view.org, asked=[whom_in(item)])
    if isinstance(found, DomainError):
        raise found
    return found


def echo(item: Item) -> dict[str, Any]:
    """Return the identifiers that an item passed, as the answer shows them again."""
    return {name: text(item[name]) for name in KINDS if not _is_blank(item.get(name))}


def _is_blank(value: Any) -> bool:
    return value is None or value == {} or (isinstance(value, str) and not value.strip())


# --- Merged ones ------------------------------------------------------------------------


def done_for(whom: Whom, done: Done) -> Done:
    """Return what a read tells; of a victim it names the survivor by the item's code (91009)."""
    if whom.victim_id is None:
        return done
    return replace(done, said=notices.MERGED, facts={"survivor_id": whom.customer_id})


def merged_notices(whom: Whom) -> list[Notice]:
    """Return what a write warns of when it went to a survivor (91009)."""
    if whom.victim_id is None:
        return []
    return [Notice(notices.MERGED, survivor_id=whom.customer_id)]
