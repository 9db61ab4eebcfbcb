"""The customer block of v1.1 answers: identifiers, names, dates and loyalty balances."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.dialects.v1_1.plain_values import format_bool
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.customers.lookup import find_survivors
from loyalty.queries.enrollments.current_tiers import LoyaltyBalances, list_loyalty_balances


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """A customer's heading and loyalty balances."""

    heading: Heading
    loyalty_balances: LoyaltyBalances

    def identifiers(self) -> dict[str, Any]:
        return {
            "user_id": str(self.heading.customer_id),
            "mobile": self.heading.identifiers.get("mobile"),
            "email": self.heading.identifiers.get("email"),
            "external_id": self.heading.identifiers.get("externalId"),
        }

    def names(self) -> dict[str, Any]:
        return {"firstname": self.heading.first_name, "lastname": self.heading.last_name}

    def balances(self) -> dict[str, Any]:
        """Return points and purchases as text, like most samples of the reference."""
        return {
            "lifetime_points": format_amount(self.loyalty_balances.lifetime),
            "lifetime_purchases": format_amount(self.loyalty_balances.purchases),
            "loyalty_points": format_amount(self.loyalty_balances.points),
            "current_slab": self.loyalty_balances.tier,
        }


def list_customer_summaries(
    *, org_id: int, customer_ids: Collection[int]
) -> dict[int, CustomerSummary]:
    """Return the summaries of customers of the organization, by id.

    A customer who was merged meanwhile gets the survivor's summary. Takes three queries; source
    accounts and programs are cached.
    """
    summaries = _list_summaries(org_id, customer_ids)
    merged_ids = [pk for pk in customer_ids if pk not in summaries]
    if merged_ids:
        survivors = find_survivors(org_id=org_id, customer_ids=merged_ids)
        survivor_summaries = _list_summaries(
            org_id, {pk for pk in survivors.values() if pk is not None}
        )
        summaries |= {
            pk: survivor_summaries[survivor] for pk, survivor in survivors.items() if survivor
        }
    return summaries


def _list_summaries(org_id: int, customer_ids: Collection[int]) -> dict[int, CustomerSummary]:
    balances = list_loyalty_balances(org_id=org_id, customer_ids=customer_ids)
    return {
        pk: CustomerSummary(heading, balances[pk])
        for pk, heading in list_headings(org_id=org_id, customer_ids=customer_ids).items()
    }


def format_amount(value: Decimal) -> str:
    """Return points or money as text, without trailing zeros."""
    return f"{value.normalize():f}" if value else "0"


def fields_answer(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return custom or extended fields as ``{"field": [{"name", "value"}]}``, values as text."""
    return {
        "field": [{"name": name, "value": _format_value(values[name])} for name in sorted(values)]
    }


def _format_value(value: Any) -> str:
    return format_bool(value) if isinstance(value, bool) else str(value)
