"""Who an answer of v1.1 is about: id, names and the identifiers that v1.1 shows."""

from collections.abc import Iterable
from typing import Any

from customers.queries.headings import Heading, list_headings
from customers.queries.whom import Whom


def headings_of(org_id: int, found: Iterable[object]) -> dict[int, Heading]:
    """Return the headings of those who were found, by id; two queries."""
    ids = {whom.customer_id for whom in found if isinstance(whom, Whom)}
    return list_headings(org_id=org_id, customer_ids=ids)


def known_by(heading: Heading) -> dict[str, Any]:
    """Return the customer's id and identifiers by their names on the wire."""
    return {
        "user_id": str(heading.customer_id),
        "mobile": heading.identifiers.get("mobile"),
        "email": heading.identifiers.get("email"),
        "external_id": heading.identifiers.get("externalId"),
    }


def named(heading: Heading) -> dict[str, Any]:
    """Return the customer's id, names and identifiers by their names on the wire."""
    return {
        "user_id": str(heading.customer_id),
        "firstname": heading.first_name,
        "lastname": heading.last_name,
        **known_by(heading),
    }


def fields_out(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by name as v1.1 lists them: ``{"field": [{"name", "value"}]}``."""
    return {"field": [{"name": name, "value": value} for name, value in values]}
