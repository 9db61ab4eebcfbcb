"""Bodies and answers of `customer/add` and `customer/update` in v1.1."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import argument, computed
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.answer_fields import optional_text
from crm.dialects.v1_1.batch_items import read_named_values, read_string, read_text
from crm.dialects.v1_1.body_schema import describe_answer, describe_body
from crm.dialects.v1_1.envelope import ItemStatusOut
from crm.dialects.v1_1.item_shapes import list_objects, listed_in, read_by
from customers import errors
from customers.api.v1_1.customer_shapes import (
    CustomerLookupIn,
    CustomerLookupOut,
    FieldsIn,
    FieldsOut,
    IdentifiersOut,
    list_fields,
    make_balance_fields,
)
from customers.api.v1_1.side_effects import EffectsOut, build_effects
from customers.api.v1_1.subscriptions_shapes import SubscriptionIn
from customers.models import Customer
from customers.operations.subscriptions.change import SubscriptionChangeIn
from customers.rules.fraud import FraudMark, clean_fraud_mark
from customers.rules.text import sanitize
from customers.rules.times import parse_moment

MAX_FIELDS = 200


# --- In ---------------------------------------------------------------------------------


def read_loyalty_type(raw: Any) -> str | None:
    text = read_text(raw)
    if text is None:
        return None
    name = text.upper().replace("-", "_")
    if name not in Customer.LoyaltyType.values:
        raise RequestInvalid(detail="type must be LOYALTY, NON_LOYALTY or NOT_INTERESTED.")
    return name


def read_fields(data: Any) -> dict[str, Any]:
    values = read_named_values(data)
    if len(values) > MAX_FIELDS:
        raise RequestInvalid(detail=f"At most {MAX_FIELDS} fields can be passed at once.")
    return values


def read_registered_at(raw: Any, zone: tzinfo) -> datetime | None:
    text = read_text(raw)
    if text is None:
        return None
    moment = parse_moment(text, zone)
    if moment is None:
        raise errors.RegistrationDateInvalid()
    return moment


def read_consents(data: Any) -> list[SubscriptionChangeIn]:
    return [_read_consent(row) for row in list_objects(data, "subscription") if row]


def _read_consent(row: Any) -> SubscriptionChangeIn:
    if not isinstance(row, Mapping):
        raise RequestInvalid(detail="Each subscription must be an object.")
    return SubscriptionIn.read_change(row)


def read_fraud_mark(data: Any) -> FraudMark | None:
    if not data:
        return None
    if not isinstance(data, Mapping):
        raise errors.FraudStatusInvalid(status=sanitize(str(data)))
    return clean_fraud_mark(
        FraudMark(read_string(data.get("status")), read_string(data.get("reason")))
    )


class FraudStatusIn(serializers.Serializer):
    status = serializers.CharField(
        help_text="`NONE`, `MARKED`, `CONFIRMED`, `RECONFIRMED` or `INTERNAL`."
    )
    reason = serializers.CharField(required=False)


class NewCustomerIn(CustomerLookupIn):
    firstname = optional_text(source="first_name")
    lastname = optional_text(source="last_name")
    type = read_by(
        optional_text(
            source="loyalty_type", help_text="`LOYALTY`, `NON_LOYALTY`, `NOT_INTERESTED`."
        ),
        read_loyalty_type,
    )
    custom_fields = read_by(FieldsIn(required=False, allow_null=True, source="fields"), read_fields)
    extended_fields = read_by(FieldsIn(required=False, allow_null=True), read_fields)
    registered_on = read_by(
        optional_text(source="registered_at", help_text="`YYYY-MM-DD HH:MM:SS`. Default: now."),
        read_registered_at,
    )
    subscriptions = read_by(
        listed_in(
            "subscription", SubscriptionIn, required=False, allow_null=True, source="consents"
        ),
        read_consents,
    )


class AddIn(NewCustomerIn):
    fraud_status = read_by(
        FraudStatusIn(
            required=False,
            allow_null=True,
            source="fraud_mark",
            help_text="Needs the scope `customers.fraud`.",
        ),
        read_fraud_mark,
    )


class UpdateIn(AddIn):
    # It has no effect on customers who are registered already.
    registered_on = None  # type: ignore[assignment]


# --- Out --------------------------------------------------------------------------------


class RegistrationOut(IdentifiersOut):
    registered_on = serializers.CharField(source="registered_at")
    type = serializers.CharField(source="loyalty_type")
    firstname = serializers.CharField(source="first_name")
    lastname = serializers.CharField(source="last_name")
    extended_fields = computed(FieldsOut(source="extended_fields"), list_fields)
    custom_fields = computed(FieldsOut(source="fields"), list_fields)
    item_status = argument(ItemStatusOut(), "item_status")
    side_effects = argument(computed(EffectsOut(source="*"), build_effects), "effects")
    lifetime_points, lifetime_purchases, loyalty_points, current_slab = make_balance_fields()
    updated_on = serializers.CharField(source="modified_at")


class RegistrationEcho(CustomerLookupOut):
    firstname = optional_text()
    lastname = optional_text()
    type = optional_text()
    registered_on = optional_text()


ADD_REQUEST = describe_body("Add", "customer", AddIn)
UPDATE_REQUEST = describe_body("Update", "customer", UpdateIn)
CUSTOMERS_RESPONSE = describe_answer(
    "Entered", "customers", "customer", RegistrationOut, RegistrationEcho
)
