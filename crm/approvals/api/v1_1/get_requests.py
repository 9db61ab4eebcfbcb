"""Views that list requests (contract, section 5.3)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1.request_shapes import (
    LISTS,
    LOGS,
    REQUESTS,
    LoggedRequestOut,
    RequestLineOut,
    list_request_headings,
)
from crm.approvals.models import Request
from crm.approvals.queries.request_lists import (
    RequestFilter,
    list_decisions_by_request,
    list_requests,
)
from crm.approvals.rules.request_types import BASE_TYPES, TYPE_OF
from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.envelope import NONE, StatusOut, build_status
from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from crm.tenancy.queries.entities import find_entity_ids_by_code
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    find_requested_customers,
    read_identifiers,
)
from customers.api.v1_1.list_filters import (
    DEFAULT_ROWS,
    ListFilters,
    Number,
    Numbers,
    Offset,
    Rows,
    Since,
    Text,
    Until,
    Word,
    Words,
)

MOST_IDS = 100
# Texts of any length that a URL can have.
LONGEST = 10_000


class RequestFilters(ListFilters):
    """The query of both lists. The domain filters, as it does for v2."""

    status = Words(
        "`PENDING`, `APPROVED`, `REJECTED` or `FAILED`, separated by commas.",
        Request.Status.values,
        longest=LONGEST,
    )
    type = Words(
        "Types such as `CHANGE_IDENTIFIER` or `GOODWILL`, separated by commas.",
        BASE_TYPES,
        longest=LONGEST,
    )
    base_type = Words(
        "Base types such as `MOBILE` or `RETRO`, separated by commas.", TYPE_OF, longest=LONGEST
    )
    request_id = Numbers("Request ids, separated by commas.", most=MOST_IDS)
    start_id = Number("The lowest request id.")
    end_id = Number("The highest request id.")
    start_date = Since("Only requests filed at this time or later.")
    end_date = Until("Only requests filed at this time or earlier; a date includes the whole day.")
    added_by = Text("The id or code of the maker.", longest=LONGEST)
    updated_by = Text("The id or code of the checker.", longest=LONGEST)
    is_one_step_change = Word("`true` or `false`.", ("true", "false"))
    start = Offset("Offset of the first request, from 0.")
    rows = Rows("Number of requests: 1 to 100, by default 10.")
    order = Word("`asc` or `desc`, by filing time.", ("asc", "desc"))


PARAMETERS = [*LOOKUP_PARAMETERS, *RequestFilters.build_parameters()]


class _RequestListView(V11View):
    """Base view of both lists."""

    with_logs: ClassVar[bool] = False

    def _list_answer(self) -> Response:
        values = RequestFilters(self).values
        customer_id = self._read_customer_id()
        if isinstance(customer_id, DomainError):
            return self._unknown_customer_answer()
        page = list_requests(
            org_id=self.org.pk,
            request_filter=self._build_filter(values, customer_id),
            limit=values["rows"] or DEFAULT_ROWS,
            offset=values["start"] or 0,
            ascending=values["order"] == "asc",
        )
        headings = list_request_headings(org_id=self.org.pk, requests=page.requests)
        decisions = (
            list_decisions_by_request([r.pk for r in page.requests]) if self.with_logs else {}
        )
        lists: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS.values()}
        for request in page.requests:
            line = (
                LoggedRequestOut.build(
                    request, headings=headings, reference_id=None, logs=decisions[request.pk]
                )
                if self.with_logs
                else RequestLineOut.build(request, headings=headings, reference_id=None)
            )
            lists[LISTS[TYPE_OF[request.kind]]].append(line)
        status = build_status(len(page.requests), len(page.requests))
        body = {"count": page.total, "rows": len(page.requests), **lists}
        return Response({"response": {"status": status, "requests": body}})

    def _unknown_customer_answer(self) -> Response:
        """Answer an unknown customer with an empty list and an error status."""
        refusal = errors.RequestCustomerUnknown()
        entry = self.entry(refusal.code)
        status = StatusOut.build(
            0,
            success=NONE,
            code=entry.code,
            message=entry.format_message(refusal.facts),
            success_count=0,
        )
        lists: dict[str, list[object]] = {name: [] for name in LISTS.values()}
        return Response(
            {"response": {"status": status, "requests": {"count": 0, "rows": 0, **lists}}}
        )

    # --- Reading the query --------------------------------------------------------------

    def _build_filter(self, values: Mapping[str, Any], customer_id: int | None) -> RequestFilter:
        since, until, one_step = (
            values[name] for name in ("start_date", "end_date", "is_one_step_change")
        )
        return RequestFilter(
            customer_id=customer_id,
            kinds=_choose_kinds(values["type"], values["base_type"]),
            statuses=values["status"] or (),
            ids=values["request_id"] or (),
            first_id=values["start_id"],
            last_id=values["end_id"],
            since=since and since.start,
            until=until and until.end,
            makers=self._find_entities(values["added_by"]),
            checkers=self._find_entities(values["updated_by"]),
            one_step=one_step == "true" if one_step else None,
        )

    def _read_customer_id(self) -> int | DomainError | None:
        if not read_identifiers(self.request.query_params.dict()):
            return None
        [(_, customer), *rest] = find_requested_customers(self)
        if rest:
            raise RequestInvalid(detail="Ask for one customer at a time.")
        return customer if isinstance(customer, DomainError) else customer.customer_id

    def _find_entities(self, code: str | None) -> list[int] | None:
        return find_entity_ids_by_code(org_id=self.org.pk, code=code[:150]) if code else None


def _choose_kinds(types: Sequence[str] | None, kinds: Sequence[str] | None) -> Sequence[str]:
    if not types:
        return kinds or ()
    of_type = [kind for name in types for kind in BASE_TYPES[name]]
    both = [kind for kind in of_type if kind in kinds] if kinds else of_type
    # No kind matches: a value that no request has, since an empty list would mean all kinds.
    return both or ["-"]


class Get(_RequestListView):
    """GET /v1.1/request/get"""

    operation = "v1.request.get"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    refusals = {"GET": [errors.RequestCustomerUnknown]}

    @extend_schema(
        summary="List requests",
        tags=["v1.1 request"],
        parameters=PARAMETERS,
        responses=REQUESTS,
        examples=load_examples(__file__, "get_requests"),
    )
    def get(self, request: HttpRequest) -> Response:
        """List requests, newest first, in one list for each type.

        `count` is the number of matches (up to 10,000), `rows` the number of listed requests. A
        customer's list includes the requests that name the customer as the target.
        """
        return self._list_answer()


class Logs(_RequestListView):
    """GET /v1.1/request/logs"""

    operation = "v1.request.logs"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    refusals = {"GET": [errors.RequestCustomerUnknown]}
    with_logs = True

    @extend_schema(
        summary="List requests with their decisions",
        tags=["v1.1 request"],
        parameters=PARAMETERS,
        responses=LOGS,
        examples=load_examples(__file__, "request_logs"),
    )
    def get(self, request: HttpRequest) -> Response:
        """List requests like `request/get`, with all decisions and failed approvals in `logs`."""
        return self._list_answer()
