"""The short customer block of v1.1 answers: id, names and identifiers."""

from collections.abc import Iterable
from typing import Any

from customers.queries.customers.headings import Heading, list_headings
from customers.queries.customers.lookup import CustomerMatch


def list_match_headings(org_id: int, matches: Iterable[object]) -> dict[int, Heading]:
    """Return the headings of the matched customers, by id. Takes two queries."""
    ids = {match.customer_id for match in matches if isinstance(match, CustomerMatch)}
    return list_headings(org_id=org_id, customer_ids=ids)


def identifiers_answer(heading: Heading) -> dict[str, Any]:
    """Return the customer's id and identifiers under their wire names."""
    return {
        "user_id": str(heading.customer_id),
        "mobile": heading.identifiers.get("mobile"),
        "email": heading.identifiers.get("email"),
        "external_id": heading.identifiers.get("externalId"),
    }


def customer_answer(heading: Heading) -> dict[str, Any]:
    """Return the customer's id, names and identifiers under their wire names."""
    return {
        "user_id": str(heading.customer_id),
        "firstname": heading.first_name,
        "lastname": heading.last_name,
        **identifiers_answer(heading),
    }


def field_list_answer(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return named values as v1.1 lists them: ``{"field": [{"name", "value"}]}``."""
    return {"field": [{"name": name, "value": value} for name, value in values]}
