"""How an answer of v1.1 shows a customer: identifiers, names, dates, and where they stand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.dialects.v1_1.plain import word
from customers.queries.headings import Heading, list_headings
from customers.queries.whom import find_survivors
from loyalty.queries.standing import Standing, list_standings


@dataclass(frozen=True, slots=True)
class Shown:
    """A customer as v1.1 shows them."""

    heading: Heading
    standing: Standing

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
        """Points and purchases as text, as most samples of the reference show them."""
        return {
            "lifetime_points": amount(self.standing.lifetime),
            "lifetime_purchases": amount(self.standing.purchases),
            "loyalty_points": amount(self.standing.points),
            "current_slab": self.standing.tier,
        }


def list_shown(*, org_id: int, customer_ids: Collection[int]) -> dict[int, Shown]:
    """Return by id how each of these customers, who are the organization's, is shown.

    Whoever was folded into a survivor meanwhile is shown as the survivor. Three queries; source
    accounts and programs are remembered.
    """
    shown = _list_standing(org_id, customer_ids)
    gone = [pk for pk in customer_ids if pk not in shown]
    if gone:
        survivors = find_survivors(org_id=org_id, customer_ids=gone)
        standing = _list_standing(org_id, {pk for pk in survivors.values() if pk is not None})
        shown |= {pk: standing[survivor] for pk, survivor in survivors.items() if survivor}
    return shown


def _list_standing(org_id: int, customer_ids: Collection[int]) -> dict[int, Shown]:
    standings = list_standings(org_id=org_id, customer_ids=customer_ids)
    return {
        pk: Shown(heading, standings[pk])
        for pk, heading in list_headings(org_id=org_id, customer_ids=customer_ids).items()
    }


def amount(value: Decimal) -> str:
    """Return points or money as text, without needless zeros."""
    return f"{value.normalize():f}" if value else "0"


def fields_answer(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return custom or extended fields as ``{"field": [{"name", "value"}]}``, values as text."""
    return {"field": [{"name": name, "value": _text(values[name])} for name in sorted(values)]}


def _text(value: Any) -> str:
    return word(value) if isinstance(value, bool) else str(value)
