"""Advanced search of customers (v1.1, "Retrieve Customers (Advanced Search)")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.plain_values import format_bool
from crm.dialects.v1_1.views import V11View
from crm.tenancy.models import Scope
from customers.api.v1_1.customer_heading import format_amount
from customers.errors import QueryMalformed
from loyalty.api.v1_1.search_schema import SEARCH_RESPONSE
from loyalty.queries.advanced_search import SearchPage, search_customers
from loyalty.queries.advanced_search_results import SearchResult

MAX_ROWS = 100
# Skipped rows are read one by one; beyond this limit callers must narrow the search.
MAX_START = 10_000


class PageQuery(serializers.Serializer):
    """The requested page of the results."""

    start = serializers.IntegerField(required=False, default=0, min_value=0, max_value=MAX_START)
    rows = serializers.IntegerField(required=False, default=10, min_value=1, max_value=MAX_ROWS)


class Search(V11View):
    """GET /v1.1/customer/search"""

    operation = "v1.customer.search"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"q": "mobile:EQUALS:44700900000"}}
    refusals = {"GET": [QueryMalformed]}

    @extend_schema(
        summary="Search customers by conditions",
        tags=["v1.1 customer"],
        parameters=[
            OpenApiParameter(
                "q", str, description="`attribute:OPERATOR:value`, or several as `(...) & (...)`."
            ),
            OpenApiParameter(
                "start", int, description="Number of customers to skip, at most 10,000."
            ),
            OpenApiParameter(
                "rows", int, description="Number of customers to return, 1 to 100; defaults to 10."
            ),
        ],
        responses=SEARCH_RESPONSE,
        examples=load_examples(__file__, "search"),
    )
    def get(self, request: Request) -> Response:
        """Find customers who match all conditions of `q`.

        Attributes: `firstname lastname mobile email external_id user_id org_id registered_date
        registered_store loyalty_points lifetime_points lifetime_purchases slab last_trans_value`
        (also `transaction_value`), and any custom field by its name. Operators: `EXACT EQUALS IN
        STARTS ENDS RANGE LESS GREATER`; `RANGE` takes `from;to`, `IN` values by `;`; two parts,
        `attribute:value`, mean `EXACT`. A backslash before `&`, `;` or a bracket makes it part of
        a value. Case and accents are ignored; a date without a time is the whole day.

        Points, purchases and tier come from the default program. Merged customers are left out.
        Results are in the order of the most selective condition. `count` is exact up to 1,000.
        `ENDS` on names and identifiers, and custom fields, are checked on the first 10,000
        customers who match the other conditions; a warning says if there were more. An invalid
        query is refused with code 400 and the position of the error.
        """
        paging = self.read_query(PageQuery)
        # The raw value: the parser reports errors with their position.
        query = request.query_params.get("q", "")
        page = search_customers(org=self.org, query=query, **paging)
        return Response(
            {
                "response": {
                    "status": {"success": format_bool(True), "code": 200, "message": "SUCCESS"},
                    "customer": self._page_answer(page, paging),
                }
            }
        )

    def _page_answer(self, page: SearchPage, paging: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "count": str(page.total),
            "start": str(paging["start"]),
            "rows": str(paging["rows"]),
            "results": {"item": [_customer_answer(customer) for customer in page.customers]},
            "warnings": {
                "warning": [
                    {"code": str(entry.code), "message": entry.format_message(notice.facts)}
                    for notice in page.notices
                    for entry in [self.entry(notice.code)]
                ]
            },
        }


def _customer_answer(customer: SearchResult) -> dict[str, Any]:
    return {
        "user_id": str(customer.id),
        "org_id": str(customer.org_id),
        "firstname": customer.first_name,
        "lastname": customer.last_name,
        "mobile": customer.mobile,
        "email": customer.email,
        "external_id": customer.external_id,
        "loyalty_points": format_amount(customer.points),
        "lifetime_points": format_amount(customer.lifetime),
        "lifetime_purchases": format_amount(customer.purchases),
        "current_slab": customer.tier,
        "registered_on": customer.registered_at,
        "registered_by": customer.registered_by,
        "last_trans_value": format_amount(customer.last_transaction_amount),
        "attributes": {
            "attribute": [
                {"name": name, "value": _format_value(value)}
                for name, value in sorted(customer.fields.items())
            ]
        },
    }


def _format_value(value: Any) -> str:
    return format_bool(value) if isinstance(value, bool) else str(value)
