"""Preferences of customers (v1.1, "Update / Fetch Customer Preferences")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, read_text
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_merge_notices,
    build_rows,
    echo_identifiers,
    find_item_customer,
    find_requested_customers,
    list_match_headings,
)
from customers.api.v1_1.preferences_shapes import (
    PREFERENCES_RESPONSE,
    UPDATE_REQUEST,
    UPDATE_RESPONSE,
    CustomerPreferencesIn,
    PreferencesOut,
    UpdatedPreferencesOut,
    build_store,
)
from customers.operations.preferences import set_preferences
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.preferences import PreferencesView, get_preferences_by_customer
from customers.rules.preferences import PREFERRED_STORE


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
            errors.StatusBlocksUpdates,
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
        headings = list_match_headings(self.org.pk, matches)
        preferences = get_preferences_by_customer(org_id=self.org.pk, customer_ids=headings)
        rows = build_rows(
            self,
            matches,
            lambda match: _build_result(
                headings[match.customer_id], preferences.get(match.customer_id)
            ),
        )
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

    # --- Writing ------------------------------------------------------------------------

    def _update(self, item: Item) -> ItemResult:
        customer = find_item_customer(self, item)
        values = CustomerPreferencesIn.read(item)
        result = set_preferences(
            origin=self.origin,
            customer_id=customer.customer_id,
            fields=values["fields"],
            store=values["store"],
        )
        headings = list_headings(org_id=self.org.pk, customer_ids=[customer.customer_id])
        preferences_by_customer = get_preferences_by_customer(
            org_id=self.org.pk, customer_ids=[customer.customer_id]
        )
        preferences = preferences_by_customer.get(customer.customer_id)
        return ItemResult(
            UpdatedPreferencesOut.build(
                headings[customer.customer_id],
                local_id=values["local_id"],
                preferences=preferences.fields.items() if preferences else (),
                store=build_store(result.store, values["store"]),
            ),
            "done.preferences.updated",
            [*build_merge_notices(customer), *result.notices],
        )


def _build_result(heading: Heading, preferences: PreferencesView | None) -> ItemResult:
    values = list(preferences.fields.items()) if preferences else []
    if preferences and preferences.store_id is not None:
        values.append((PREFERRED_STORE, preferences.store_name))
    return ItemResult(
        PreferencesOut.build(heading, preferences=values),
        "done.preferences.retrieved",
        failure=None if preferences else errors.PreferencesNone(),
    )


def _echo_item(item: Item) -> Mapping[str, Any]:
    return {**echo_identifiers(item), "local_id": read_text(item.get("local_id"))}
