"""A customer's requests (v2, "Get Change Requests" and the two chapters after it)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from crm.approvals.api.v2.answers import any_answer, tier_answer
from crm.approvals.api.v2.query import (
    CHANGES,
    GOODWILL,
    RequestsQuery,
    kinds_asked,
    order_of,
    span_of,
    wanted,
)
from crm.approvals.api.v2.schema import (
    CHANGE_EXAMPLE,
    GOODWILL_EXAMPLE,
    RETRO_EXAMPLE,
    RequestsOut,
)
from crm.approvals.models import Request
from crm.approvals.queries.listing import list_requests
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.reading_details import WORDING
from customers.api.v2.source_accounts import account_to_read
from customers.queries.lookup import check_standing
from loyalty.queries.tier_changes import list_changes_of_tier

REFUSALS = [
    errors.CustomerUnknown,
    errors.CustomerMerged,
    errors.NoProfileInSource,
    errors.SourceAccountUnknown,
    errors.AccountIdMissing,
]


class _Requests(V2View):
    """What the three lists have in common: every filter, and the shape of a page."""

    kinds: ClassVar[tuple[str, ...]] = ()

    def _answer(self, customer_id: int) -> Response:
        query = self.read_query(RequestsQuery)
        account = account_to_read(self.org.pk, query)
        kinds = kinds_asked(query, self.kinds)
        check_standing(
            org_id=self.org.pk,
            customer_id=customer_id,
            source_account_id=account.id if account else None,
        )
        rows, total = (
            self._tiers(query, customer_id)
            if kinds is None
            else self._requests(query, customer_id, kinds)
        )
        return Response(
            {
                "pagination": {
                    "limit": query["limit"],
                    "offset": query["offset"],
                    "total": total,
                },
                "data": rows,
                "warnings": [],
                "errors": [],
            }
        )

    def _requests(
        self, query: Mapping[str, Any], customer_id: int, kinds: tuple[str, ...]
    ) -> tuple[list[dict[str, Any]], int]:
        order, ascending = order_of(query)
        page = list_requests(
            org_id=self.org.pk,
            wanted=wanted(query, customer_id=customer_id, kinds=kinds, zone=self.org.zone),
            limit=query["limit"],
            offset=query["offset"],
            order=order,
            ascending=ascending,
        )
        return [any_answer(request) for request in page.requests], page.total

    def _tiers(
        self, query: Mapping[str, Any], customer_id: int
    ) -> tuple[list[dict[str, Any]], int]:
        since, until = span_of(query, self.org.zone)
        page = list_changes_of_tier(
            org_id=self.org.pk,
            customer_id=customer_id,
            limit=query["limit"],
            offset=query["offset"],
            ascending=order_of(query)[1],
            first_id=query.get("requestId", query.get("startId")),
            last_id=query.get("requestId", query.get("endId")),
            since=since,
            until=until,
            program_id=query.get("programId"),
        )
        return [tier_answer(change) for change in page.changes], page.total


class RetroRequests(_Requests):
    """GET /v2/customers/{id}/retroRequest"""

    operation = "customers.retroRequest"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 368881003}}
    wording = {"GET": WORDING}
    refusals = {"GET": REFUSALS}
    kinds = tuple(Request.Kind.values)

    @extend_schema(
        summary="List all requests of a customer",
        tags=["v2 requests"],
        parameters=[RequestsQuery],
        responses=RequestsOut,
        examples=[RETRO_EXAMPLE],
    )
    def get(self, request: HttpRequest, customer_id: int) -> Response:
        """List what was asked for a customer: changes, merges, goodwill and retro transactions.

        `changeType` picks some of them; `TIER` lists the changes of the customer's tiers instead,
        which nobody asks for, in the same shape. `id` and `requestId` are one. A request that
        names the customer as the other of two is listed too. A `source` has to be one of the
        customer's; requests belong to the customer, whichever source it is.
        """
        return self._answer(customer_id)


class ChangeRequests(_Requests):
    """GET /v2/customers/{id}/changeRequest"""

    operation = "customers.changeRequest"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 130238908}}
    wording = {"GET": WORDING}
    refusals = {"GET": REFUSALS}
    kinds = CHANGES

    @extend_schema(
        summary="List a customer's changes of identifiers",
        tags=["v2 requests"],
        parameters=[RequestsQuery],
        responses=RequestsOut,
        examples=[CHANGE_EXAMPLE],
    )
    def get(self, request: HttpRequest, customer_id: int) -> Response:
        """List requests for other identifiers, another address, merges and reallocated numbers.

        `changeType` may also name what the other two lists show. `secUserId` is the survivor of a
        merge, or who had the number. What approved itself says so in `comments`.
        """
        return self._answer(customer_id)


class GoodwillRequests(_Requests):
    """GET /v2/customers/{id}/goodwillRequest"""

    operation = "customers.goodwillRequest"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 343040815}}
    wording = {"GET": WORDING}
    refusals = {"GET": REFUSALS}
    kinds = GOODWILL

    @extend_schema(
        summary="List a customer's goodwill requests",
        tags=["v2 requests"],
        parameters=[RequestsQuery],
        responses=RequestsOut,
        examples=[GOODWILL_EXAMPLE],
    )
    def get(self, request: HttpRequest, customer_id: int) -> Response:
        """List requests for goodwill points and coupons.

        `approvedValue` is there once it is approved: the points that were given, or the series of
        the coupon. While nobody has decided, `updatedBy` is who filed it.
        """
        return self._answer(customer_id)
