"""The customer in v1.1 bodies and answers: identifiers, names, balances and custom fields."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument
from crm.dialects.v1_1.answer_fields import amount_text, number_text, optional_text
from crm.dialects.v1_1.item_shapes import ItemShape, not_read
from crm.dialects.v1_1.plain_values import format_bool
from customers.queries.customers.by_identifiers import find_survivors
from customers.queries.customers.headings import Heading, list_headings
from loyalty.queries.enrollments.current_tiers import LoyaltyBalances, list_loyalty_balances

# --- In ---------------------------------------------------------------------------------


class CustomerLookupIn(ItemShape):
    """Identifiers of a customer; the first known in this order decides."""

    # ``read_identifiers`` reads them, under more names than these.
    mobile = not_read(optional_text())
    email = not_read(optional_text())
    external_id = not_read(optional_text())
    card = not_read(optional_text())
    id = not_read(optional_text())
    user_id = not_read(optional_text())
    loyalty_id = not_read(optional_text())


class FieldIn(serializers.Serializer):
    name = serializers.CharField()
    value = optional_text(help_text="Empty removes the field.")


class FieldsIn(serializers.Serializer):
    field = FieldIn(many=True)


# --- Out --------------------------------------------------------------------------------


class CustomerLookupOut(serializers.Serializer):
    """The identifiers that were passed, and the customer's own."""

    user_id = optional_text()
    mobile = optional_text()
    email = optional_text()
    external_id = optional_text()
    card = optional_text()
    card_number = optional_text()
    cardnumber = optional_text()
    customer_id = optional_text()
    id = optional_text()
    loyalty_id = optional_text()
    identifier = optional_text()


class IdentifiersOut(Shape):
    # The shapes of customers read a heading.
    user_id = number_text("customer_id")
    mobile = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)


class NamesOut(Shape):
    firstname = optional_text(source="first_name")
    lastname = optional_text(source="last_name")


class CustomerOut(Shape):
    user_id = number_text("customer_id")
    firstname = serializers.CharField(source="first_name")
    lastname = serializers.CharField(source="last_name")
    mobile = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)


class FieldOut(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField()


class FieldsOut(serializers.Serializer):
    field = FieldOut(many=True)


class NamedValueOut(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.JSONField(allow_null=True)


class NamedValuesOut(serializers.Serializer):
    field = NamedValueOut(many=True)


def make_balance_fields(**kwargs: Any) -> tuple[serializers.Field, ...]:
    """Return fields for points, purchases and tier, which read the argument ``balances``.

    Points and purchases are text, like in most samples of the reference.
    """
    return (
        argument(amount_text("lifetime", **kwargs), "balances"),
        argument(amount_text("purchases", **kwargs), "balances"),
        argument(amount_text("points", **kwargs), "balances"),
        argument(serializers.CharField(source="tier", allow_null=True), "balances"),
    )


def list_fields(values: Mapping[str, Any]) -> Answer:
    """Return custom or extended fields as ``{"field": [{"name", "value"}]}``, values as text."""
    return {
        "field": [{"name": name, "value": format_value(values[name])} for name in sorted(values)]
    }


def list_named_values(pairs: Iterable[tuple[str, Any]]) -> Answer:
    """Return named values as ``{"field": [{"name", "value"}]}``, as they are."""
    return {"field": [{"name": name, "value": value} for name, value in pairs]}


def format_value(value: Any) -> str:
    return format_bool(value) if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """A customer's heading and loyalty balances."""

    heading: Heading
    loyalty_balances: LoyaltyBalances


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
