"""Whom a one-time code of a customer may have been sent to."""

from customers.models import Identifier
from customers.rules.one_time_codes import CodeTarget

_TYPES = {"mobile": "MOBILE", "email": "EMAIL"}


def list_code_targets(*, org_id: int, customer_id: int, action: str) -> list[CodeTarget]:
    """Return the customer as a target, and each mobile and email of theirs; one query."""
    identifiers = Identifier.objects.filter(
        org_id=org_id, customer_id=customer_id, type__in=_TYPES
    ).order_by("pk")
    return [
        CodeTarget("CUSTOMER", str(customer_id), action),
        *(
            CodeTarget(_TYPES[type], value, action)
            for type, value in identifiers.values_list("type", "value")
        ),
    ]


def list_code_addresses(*, org_id: int, customer_id: int) -> list[tuple[str, str]]:
    """Return where the customer's codes are sent: the oldest mobile, else the oldest email."""
    rows = list(
        Identifier.objects.filter(org_id=org_id, customer_id=customer_id, type__in=_TYPES)
        .order_by("pk")
        .values_list("type", "value")
    )
    rows.sort(key=lambda row: row[0] != "mobile")
    return rows[:1]
