"""Preferences of customers (v1.1, "Update / Fetch Customer Preferences")."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.batch_items import Item, read_named_values, read_text
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, Row, V11View
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_number
from crm.tenancy.models import OrgEntity, Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    add_survivor,
    build_merge_notices,
    echo_identifiers,
    find_item_customer,
    find_requested_customers,
)
from customers.api.v1_1.customer_reference import (
    field_list_answer,
    identifiers_answer,
    list_match_headings,
)
from customers.api.v1_1.preferences_schema import (
    PREFERENCES_RESPONSE,
    UPDATE_REQUEST,
    UPDATE_RESPONSE,
)
from customers.operations.preferences import StoreReference, set_preferences
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.customers.lookup import CustomerMatch
from customers.queries.preferences import PreferencesView, get_preferences_by_customer
from customers.rules.preferences import PREFERRED_STORE

# A single value written as a list, also with typographic quotes.
_SINGLE_VALUE_LIST = re.compile(r'\[\s*["“”]([^"“”]*)["“”]\s*\]')


class CustomerPreferences(V11View):
    """GET, POST /v1.1/customer/preferences"""

    operation = {"GET": "v1.customer.preferences", "POST": "v1.customer.updatePreferences"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"mobile": "44700900000"}}
    refusals = {
        "GET": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.PreferencesNone,
        ],
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.PreferencesNotUpdated,
        ],
    }

    @extend_schema(
        summary="Retrieve preferences of customers",
        tags=["v1.1 customer"],
        parameters=[
            *LOOKUP_PARAMETERS,
            OpenApiParameter(
                "user_id", str, description="A customer id; `true` and `false` are ignored."
            ),
        ],
        responses=PREFERENCES_RESPONSE,
        examples=load_examples(__file__, "preferences"),
    )
    def get(self, request: Request) -> Response:
        """List the preferences of customers: preference fields, and `PREFERRED_STORE` by name.

        A customer without preferences fails with 1031.
        """
        matches = find_requested_customers(self)
        headings = list_match_headings(self.org.pk, (match for _, match in matches))
        preferences = get_preferences_by_customer(org_id=self.org.pk, customer_ids=headings)
        rows = [
            self.build_refusal_row(match, lookup.echo)
            if isinstance(match, DomainError)
            else self._build_row(
                match, headings[match.customer_id], preferences.get(match.customer_id)
            )
            for lookup, match in matches
        ]
        return Response(build_list_response("customers", "customer", rows))

    @extend_schema(
        summary="Update preferences of customers",
        tags=["v1.1 customer"],
        request=UPDATE_REQUEST,
        responses=UPDATE_RESPONSE,
        examples=load_examples(__file__, "update_preferences"),
    )
    def post(self, request: Request) -> Response:
        """Set preferences of customers. What is not passed stays; a blank value removes one.

        Unknown or invalid fields (1017) and an unknown store (1004) are warnings, together with
        1035, and the rest is saved; if nothing can be saved, the item fails with 1030. A value
        like `["Puma"]` is saved as the value inside. The answer lists all current preferences.
        """
        rows = self.write_each(self.items("customer"), self._update, _echo_item)
        return Response(build_list_response("customers", "customer", rows))

    # --- Reading ------------------------------------------------------------------------

    def _build_row(
        self, match: CustomerMatch, heading: Heading, preferences: PreferencesView | None
    ) -> Row:
        values = list(preferences.fields.items()) if preferences else []
        if preferences and preferences.store_id is not None:
            values.append((PREFERRED_STORE, preferences.store_name))
        answer = {**identifiers_answer(heading), "custom_fields": field_list_answer(values)}
        if preferences is None:
            return self.build_refusal_row(errors.PreferencesNone(), answer)
        return self.build_success_row(
            add_survivor(match, ItemResult(answer, "done.preferences.retrieved"))
        )

    # --- Writing ------------------------------------------------------------------------

    def _update(self, item: Item) -> ItemResult:
        customer = find_item_customer(self, item)
        store_reference = _read_store(item)
        result = set_preferences(
            origin=self.origin,
            customer_id=customer.customer_id,
            fields={
                name: _unwrap_single_value(value)
                for name, value in read_named_values(item.get("custom_fields")).items()
            },
            store=store_reference,
        )
        headings = list_headings(org_id=self.org.pk, customer_ids=[customer.customer_id])
        preferences_by_customer = get_preferences_by_customer(
            org_id=self.org.pk, customer_ids=[customer.customer_id]
        )
        preferences = preferences_by_customer.get(customer.customer_id)
        answer = {
            **identifiers_answer(headings[customer.customer_id]),
            "local_id": read_text(item.get("local_id")),
            "custom_fields": field_list_answer(preferences.fields.items() if preferences else ()),
        }
        if store_reference is not None or result.store is not None:
            answer["store"] = _store_answer(result.store, store_reference)
        return ItemResult(
            answer, "done.preferences.updated", [*build_merge_notices(customer), *result.notices]
        )


def _read_store(item: Item) -> StoreReference | None:
    """Return the store that an item names, or None."""
    data = item.get("store")
    if data is None or data == "":
        return None
    if not isinstance(data, Mapping):
        raise RequestInvalid(detail="A store is passed with its code or id.")
    code, number = read_text(data.get("code")) or "", read_text(data.get("id")) or ""
    if not code and not number:
        return None
    return StoreReference(code_or_name=code, id=read_number(number))


def _store_answer(
    store: OrgEntity | None, store_reference: StoreReference | None
) -> dict[str, Any]:
    if store is not None:
        return {
            "id": str(store.pk),
            "code": store.code,
            "name": str(store),
            "status": "SUCCESS",
        }
    reference = store_reference or StoreReference()
    return {
        "id": str(reference.id) if reference.id is not None else None,
        "code": reference.code_or_name or None,
        "name": None,
        "status": "FAILED",
    }


def _unwrap_single_value(value: Any) -> Any:
    """Return the single value of a list written as text; other values are unchanged."""
    match = _SINGLE_VALUE_LIST.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1] if match else value


def _echo_item(item: Item) -> Mapping[str, Any]:
    return {**echo_identifiers(item), "local_id": read_text(item.get("local_id"))}
