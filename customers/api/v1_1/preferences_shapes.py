"""Bodies and answers of `customer/preferences` in v1.1."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, computed, constant, optional
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.answer_fields import number_text, optional_text
from crm.dialects.v1_1.batch_items import read_named_values, read_string
from crm.dialects.v1_1.body_schema import describe_answer, describe_body
from crm.dialects.v1_1.item_shapes import ItemShape, listed_in, read_by
from crm.kernel.ids import read_number
from crm.tenancy.models import OrgEntity
from customers.api.v1_1.customer_shapes import (
    CustomerLookupIn,
    CustomerLookupOut,
    IdentifiersOut,
    NamedValuesOut,
    list_named_values,
)
from customers.operations.preferences import StoreReference

# A single value written as a list, also with typographic quotes.
_SINGLE_VALUE_LIST = re.compile(r'\[\s*["“”]([^"“”]*)["“”]\s*\]')


# --- In ---------------------------------------------------------------------------------


def read_store(data: Any) -> StoreReference | None:
    """Return the store that an item names, or None."""
    if data is None or data == "":
        return None
    if not isinstance(data, Mapping):
        raise RequestInvalid(detail="A store is passed with its code or id.")
    code, number = read_string(data.get("code")), read_string(data.get("id"))
    if not code and not number:
        return None
    return StoreReference(code_or_name=code, id=read_number(number))


def read_preferences(data: Any) -> dict[str, Any]:
    return {name: _unwrap_single_value(value) for name, value in read_named_values(data).items()}


def _unwrap_single_value(value: Any) -> Any:
    """Return the single value of a list written as text; other values are unchanged."""
    match = _SINGLE_VALUE_LIST.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1] if match else value


class StoreIn(serializers.Serializer):
    """If both are passed, the code decides."""

    code = optional_text()
    id = optional_text()


class PreferenceFieldIn(ItemShape):
    name = serializers.CharField()
    value = serializers.CharField(allow_null=True, help_text="Blank removes the preference.")


class CustomerPreferencesIn(CustomerLookupIn):
    local_id = optional_text()
    store = read_by(StoreIn(required=False), read_store)
    custom_fields = read_by(
        listed_in("field", PreferenceFieldIn, required=False, source="fields"), read_preferences
    )


# --- Out --------------------------------------------------------------------------------


class StoreOut(Shape):
    id = number_text("pk", allow_null=True)
    code = serializers.CharField(allow_null=True)
    name = computed(serializers.CharField(allow_null=True), str)
    status = constant(serializers.ChoiceField(["SUCCESS", "FAILED"]), "SUCCESS")


class UnknownStoreOut(Shape):
    # It reads the reference to the store.
    id = computed(serializers.CharField(source="id"), lambda pk: None if pk is None else str(pk))
    code = computed(serializers.CharField(source="code_or_name"), lambda code: code or None)
    name = constant(serializers.CharField(allow_null=True), None)
    status = constant(serializers.CharField(), "FAILED")


def build_store(store: OrgEntity | None, reference: StoreReference | None) -> Answer | None:
    """Return the store that was set, else the reference to an unknown one, else None."""
    if store is not None:
        return StoreOut.build(store)
    return None if reference is None else UnknownStoreOut.build(reference)


class PreferencesOut(IdentifiersOut):
    custom_fields = argument(computed(NamedValuesOut(source="*"), list_named_values), "preferences")


class UpdatedPreferencesOut(IdentifiersOut):
    local_id = argument(
        serializers.CharField(allow_null=True, help_text="The `local_id` of the request."),
        "local_id",
    )
    custom_fields = argument(computed(NamedValuesOut(source="*"), list_named_values), "preferences")
    store = optional(argument(StoreOut(), "store"))


class PreferencesEcho(CustomerLookupOut):
    local_id = serializers.CharField(allow_null=True, help_text="The `local_id` of the request.")


UPDATE_REQUEST = describe_body("UpdatePreferences", "customer", CustomerPreferencesIn)
UPDATE_RESPONSE = describe_answer(
    "PreferencesUpdated", "customers", "customer", UpdatedPreferencesOut, PreferencesEcho
)
PREFERENCES_RESPONSE = describe_answer(
    "PreferencesRead", "customers", "customer", PreferencesOut, CustomerLookupOut
)
