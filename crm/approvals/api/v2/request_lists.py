"""Views that list a customer's requests (v2, "Get Change Requests" and the next two chapters)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from crm.approvals.api.v2.request_query import (
    CHANGES,
    GOODWILL,
    LookedUpRequestsQuery,
    RequestsQuery,
    build_request_filter,
    read_kinds,
    read_order,
    read_period,
)
from crm.approvals.api.v2.request_shapes import (
    RequestOut,
    RequestsOut,
    build_tier_change,
)
from crm.approvals.models import Request
from crm.approvals.queries.request_lists import list_requests
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from crm.tenancy.queries.settings import get_settings
from customers import errors
from customers.api.v2.details import WORDING
from customers.api.v2.lookup import (
    LOOKUP_REFUSALS,
    LOOKUP_SOURCE_REFUSALS,
    read_looked_up_customer,
)
from customers.api.v2.source_accounts import get_account_to_read
from customers.queries.customers.active import check_active_customer
from loyalty.queries.enrollments.tier_changes import list_tier_change_page

REFUSALS = [
    errors.CustomerUnknown,
    errors.CustomerMerged,
    errors.NoProfileInSource,
    errors.SourceAccountUnknown,
    errors.AccountIdMissing,
]

LOOKED_UP_REFUSALS = [*LOOKUP_REFUSALS, *LOOKUP_SOURCE_REFUSALS]

_describe_list = partial(
    extend_schema, tags=["v2 requests"], parameters=[RequestsQuery], responses=RequestsOut
)
_describe_looked_up_list = partial(
    extend_schema,
    tags=["v2 lookup"],
    parameters=[LookedUpRequestsQuery],
    responses=RequestsOut,
)


class _RequestListView(V2View):
    """Base view of the three lists: filters and pagination."""

    scopes = {"GET": Scope.CUSTOMERS_READ}
    wording = {"GET": WORDING}
    refusals = {"GET": REFUSALS}
    kinds: ClassVar[tuple[str, ...]] = ()

    def _list_answer(self, customer_id: int) -> Response:
        query = self.read_query(RequestsQuery)
        account = get_account_to_read(self.org.pk, query)
        kinds = read_kinds(query, self.kinds)
        check_active_customer(
            org_id=self.org.pk,
            customer_id=customer_id,
            source_account_id=account.id if account else None,
        )
        rows, total = (
            self._list_tier_changes(query, customer_id)
            if kinds is None
            else self._list_requests(query, customer_id, kinds)
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

    def _list_requests(
        self, query: Mapping[str, Any], customer_id: int, kinds: tuple[str, ...]
    ) -> tuple[list[dict[str, Any]], int]:
        order, ascending = read_order(query)
        page = list_requests(
            org_id=self.org.pk,
            request_filter=build_request_filter(
                query, customer_id=customer_id, kinds=kinds, zone=self.org.zone
            ),
            limit=query["limit"],
            offset=query["offset"],
            order=order,
            ascending=ascending,
        )
        org_settings = get_settings(self.org.pk)
        rows = [RequestOut.build(row, org_settings=org_settings) for row in page.requests]
        return rows, page.total

    def _list_tier_changes(
        self, query: Mapping[str, Any], customer_id: int
    ) -> tuple[list[dict[str, Any]], int]:
        since, until = read_period(query, self.org.zone)
        page = list_tier_change_page(
            org_id=self.org.pk,
            customer_id=customer_id,
            limit=query["limit"],
            offset=query["offset"],
            ascending=read_order(query)[1],
            first_id=query.get("requestId", query.get("startId")),
            last_id=query.get("requestId", query.get("endId")),
            since=since,
            until=until,
            program_id=query.get("programId"),
        )
        org_settings = get_settings(self.org.pk)
        return [build_tier_change(change, org_settings) for change in page.changes], page.total


class RetroRequests(_RequestListView):
    """GET /v2/customers/{id}/retroRequest"""

    operation = "customers.retroRequest"
    examples = {"GET": {"customer_id": 368881003}}
    kinds = tuple(Request.Kind.values)

    @_describe_list(
        summary="List all requests of a customer",
        examples=load_examples(__file__, "retro_request"),
    )
    def get(self, request: HttpRequest, customer_id: int) -> Response:
        """List all requests of a customer: changes, merges, goodwill and retro transactions.

        `changeType` filters by kind; `TIER` lists the customer's tier changes instead, in the same
        shape. `id` and `requestId` are equal. Requests that name the customer as the other one are
        listed too. The customer must have a profile in `source`, which does not filter requests.
        """
        return self._list_answer(customer_id)


class ChangeRequests(_RequestListView):
    """GET /v2/customers/{id}/changeRequest"""

    operation = "customers.changeRequest"
    examples = {"GET": {"customer_id": 130238908}}
    kinds = CHANGES

    @_describe_list(
        summary="List a customer's change requests",
        examples=load_examples(__file__, "change_request"),
    )
    def get(self, request: HttpRequest, customer_id: int) -> Response:
        """List requests to change identifiers or an address, merges and mobile reallocations.

        `changeType` may also name kinds of the other two lists. `secUserId` is the survivor of a
        merge, or the previous holder of the number. `comments` says if it was auto-approved.
        """
        return self._list_answer(customer_id)


class GoodwillRequests(_RequestListView):
    """GET /v2/customers/{id}/goodwillRequest"""

    operation = "customers.goodwillRequest"
    examples = {"GET": {"customer_id": 343040815}}
    kinds = GOODWILL

    @_describe_list(
        summary="List a customer's goodwill requests",
        examples=load_examples(__file__, "goodwill_request"),
    )
    def get(self, request: HttpRequest, customer_id: int) -> Response:
        """List requests for goodwill points and coupons.

        `approvedValue` is present after the approval: the awarded points, or the coupon series.
        Before the decision, `updatedBy` is the maker.
        """
        return self._list_answer(customer_id)


class LookedUpRetroRequests(RetroRequests):
    """GET /v2/customers/lookup/retroRequest"""

    operation = "customers.lookupRetroRequest"
    examples = {"GET": {"identifierName": "id", "identifierValue": "368881003"}}
    wording = {}
    refusals = {"GET": LOOKED_UP_REFUSALS}

    @_describe_looked_up_list(
        summary="List all requests of a customer by an identifier",
        examples=load_examples(__file__, "retro_request"),
    )
    def get(self, request: HttpRequest) -> Response:  # type: ignore[override]
        """List all requests of the customer with the identifier, as by id.

        If a source is sent, the customer needs a profile in it.
        """
        return self._list_answer(read_looked_up_customer(self))


class LookedUpChangeRequests(ChangeRequests):
    """GET /v2/customers/lookup/changeRequest"""

    operation = "customers.lookupChangeRequest"
    examples = {"GET": {"identifierName": "id", "identifierValue": "130238908"}}
    wording = {}
    refusals = {"GET": LOOKED_UP_REFUSALS}

    @_describe_looked_up_list(
        summary="List a customer's change requests by an identifier",
        examples=load_examples(__file__, "change_request"),
    )
    def get(self, request: HttpRequest) -> Response:  # type: ignore[override]
        """List the change requests of the customer with the identifier, as by id.

        If a source is sent, the customer needs a profile in it.
        """
        return self._list_answer(read_looked_up_customer(self))


class LookedUpGoodwillRequests(GoodwillRequests):
    """GET /v2/customers/lookup/goodwillRequest"""

    operation = "customers.lookupGoodwillRequest"
    examples = {"GET": {"identifierName": "id", "identifierValue": "343040815"}}
    wording = {}
    refusals = {"GET": LOOKED_UP_REFUSALS}

    @_describe_looked_up_list(
        summary="List a customer's goodwill requests by an identifier",
        examples=load_examples(__file__, "goodwill_request"),
    )
    def get(self, request: HttpRequest) -> Response:  # type: ignore[override]
        """List the goodwill requests of the customer with the identifier, as by id.

        If a source is sent, the customer needs a profile in it.
        """
        return self._list_answer(read_looked_up_customer(self))
