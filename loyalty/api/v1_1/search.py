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
from customers.errors import QueryMalformed
from loyalty.api.v1_1.search_shapes import SEARCH_RESPONSE, SearchPageOut
from loyalty.queries.advanced_search import SearchPage, search_customers

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
                    "customer": self._build_page(page, paging),
                }
            }
        )

    def _build_page(self, page: SearchPage, paging: Mapping[str, Any]) -> dict[str, Any]:
        return SearchPageOut.build(
            page, warnings={"warning": self.warnings(page.notices)}, **paging
        )
