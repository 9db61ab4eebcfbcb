"""Finding customers by conditions (v1.1, "Retrieve Customers (Advanced Search)")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.v1_1.plain import word
from crm.dialects.v1_1.views import V11View
from crm.tenancy.models import Scope
from customers.api.v1_1.heading import amount
from customers.search_errors import QueryMalformed
from loyalty.api.v1_1.search_schema import SOUGHT
from loyalty.queries.seeking import Sought, seek_customers
from loyalty.queries.sought import SoughtCustomer

LARGEST_PAGE = 100
# Rows are skipped one by one; whoever wants more than this narrows the search.
FARTHEST = 10_000


class PieceIn(serializers.Serializer):
    """Which piece of the list is wanted."""

    start = serializers.IntegerField(required=False, default=0, min_value=0, max_value=FARTHEST)
    rows = serializers.IntegerField(required=False, default=10, min_value=1, max_value=LARGEST_PAGE)


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
            OpenApiParameter("start", int, description="Customers to skip, at most 10,000."),
            OpenApiParameter("rows", int, description="Customers at most, 1 to 100; else 10."),
        ],
        responses=SOUGHT,
        examples=[
            OpenApiExample(
                "Found",
                value={
                    "response": {
                        "status": {"success": "true", "code": 200, "message": "SUCCESS"},
                        "customer": {
                            "count": "1",
                            "start": "0",
                            "rows": "10",
                            "results": {
                                "item": [
                                    {
                                        "user_id": "418",
                                        "org_id": "1",
                                        "firstname": "Tom",
                                        "lastname": "Sawyer",
                                        "mobile": "44700900000",
                                        "email": "tom.sawyer@example.com",
                                        "external_id": "ts1234",
                                        "loyalty_points": "355",
                                        "lifetime_points": "5400",
                                        "lifetime_purchases": "10800",
                                        "current_slab": "SILVER",
                                        "registered_on": "2012-12-25 11:25:32",
                                        "registered_by": "demo.till",
                                        "last_trans_value": "1000",
                                        "attributes": {
                                            "attribute": [
                                                {"name": "customer_age", "value": "26-35"}
                                            ]
                                        },
                                    }
                                ]
                            },
                            "warnings": {"warning": []},
                        },
                    }
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Find customers who meet all conditions of `q`.

        Attributes: `firstname lastname mobile email external_id user_id org_id registered_date
        registered_store loyalty_points lifetime_points lifetime_purchases slab last_trans_value`
        (also `transaction_value`), and any custom field by its name. Operators: `EXACT EQUALS IN
        STARTS ENDS RANGE LESS GREATER`; `RANGE` takes `from;to`, `IN` values by `;`; two parts,
        `attribute:value`, mean `EXACT`. A backslash before `&`, `;` or a bracket makes it part of
        a value. Case and accents do not matter; a date without a clock is the whole day.

        Points, purchases and tier are those of the default program. Whoever was merged into
        another is not found. The list is in the order of the condition that narrows most.
        `count` is exact up to 1,000; `ENDS` of names and identifiers, and custom fields, are
        looked for among the first 10,000 customers who meet the other conditions; a warning says
        when there were more. A query that cannot be understood is refused with code 400 and the
        character at which it stumbles.
        """
        piece = self.read_query(PieceIn)
        # As it was sent: the grammar itself says what it cannot read, and where.
        query = request.query_params.get("q", "")
        found = seek_customers(org=self.org, query=query, **piece)
        return Response(
            {
                "response": {
                    "status": {"success": word(True), "code": 200, "message": "SUCCESS"},
                    "customer": self._page(found, piece),
                }
            }
        )

    def _page(self, found: Sought, piece: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "count": str(found.total),
            "start": str(piece["start"]),
            "rows": str(piece["rows"]),
            "results": {"item": [_row(customer) for customer in found.customers]},
            "warnings": {
                "warning": [
                    {"code": str(entry.code), "message": entry.say(notice.facts)}
                    for notice in found.notices
                    for entry in [self.entry(notice.code)]
                ]
            },
        }


def _row(customer: SoughtCustomer) -> dict[str, Any]:
    return {
        "user_id": str(customer.id),
        "org_id": str(customer.org_id),
        "firstname": customer.first_name,
        "lastname": customer.last_name,
        "mobile": customer.mobile,
        "email": customer.email,
        "external_id": customer.external_id,
        "loyalty_points": amount(customer.points),
        "lifetime_points": amount(customer.lifetime),
        "lifetime_purchases": amount(customer.purchases),
        "current_slab": customer.tier,
        "registered_on": customer.registered_at,
        "registered_by": customer.registered_by,
        "last_trans_value": amount(customer.last_bill),
        "attributes": {
            "attribute": [
                {"name": name, "value": _said(value)}
                for name, value in sorted(customer.fields.items())
            ]
        },
    }


def _said(value: Any) -> str:
    return word(value) if isinstance(value, bool) else str(value)
