"""Views that list requests (contract, section 5.3)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1.request_answers import (
    LISTS,
    decision_answer,
    entity_answer,
    list_request_headings,
    log_answer,
    request_answer,
)
from crm.approvals.api.v1_1.request_schema import LOGS, REQUESTS
from crm.approvals.models import Decision, Request
from crm.approvals.queries.request_lists import (
    RequestFilter,
    list_decisions_by_request,
    list_requests,
)
from crm.approvals.rules.request_types import BASE_TYPES, TYPE_OF
from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_number
from crm.tenancy.models import Scope
from crm.tenancy.queries.entities import find_entity_ids_by_code
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    find_requested_customers,
    read_identifiers,
)
from customers.api.v1_1.list_filters import Filters

MOST_IDS = 100

FILTERS = [
    *LOOKUP_PARAMETERS,
    *(
        OpenApiParameter(name, str, description=description)
        for name, description in (
            ("status", "`PENDING`, `APPROVED`, `REJECTED` or `FAILED`, separated by commas."),
            ("type", "Types such as `CHANGE_IDENTIFIER` or `GOODWILL`, separated by commas."),
            ("base_type", "Base types such as `MOBILE` or `RETRO`, separated by commas."),
            ("request_id", "Request ids, separated by commas."),
            ("start_id", "The lowest request id."),
            ("end_id", "The highest request id."),
            ("start_date", "Only requests filed at this time or later."),
            (
                "end_date",
                "Only requests filed at this time or earlier; a date includes the whole day.",
            ),
            ("added_by", "The id or code of the maker."),
            ("updated_by", "The id or code of the checker."),
            ("is_one_step_change", "`true` or `false`."),
            ("start", "Offset of the first request, from 0."),
            ("rows", "Number of requests: 1 to 100, by default 10."),
            ("order", "`asc` or `desc`, by filing time."),
        )
    ),
]


class _RequestListView(V11View):
    """Base view of both lists."""

    with_logs: ClassVar[bool] = False

    def _list_answer(self) -> Response:
        query = Filters(self)
        rows = query.limit("rows")
        customer_id = self._read_customer_id()
        if isinstance(customer_id, DomainError):
            return self._unknown_customer_answer()
        page = list_requests(
            org_id=self.org.pk,
            request_filter=self._read_filter(query, customer_id),
            limit=rows,
            offset=query.number("start", minimum=0, maximum=1_000_000) or 0,
            ascending=query.word("order", ("asc", "desc")) == "asc",
        )
        headings = list_request_headings(org_id=self.org.pk, requests=page.requests)
        decisions = (
            list_decisions_by_request([r.pk for r in page.requests]) if self.with_logs else {}
        )
        lists: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS.values()}
        for request in page.requests:
            line = {
                **request_answer(request, headings),
                "added_by": entity_answer(request.maker),
                **decision_answer(request.decision),
            }
            if self.with_logs:
                line["logs"] = {"log": _log_answers(decisions[request.pk])}
            lists[LISTS[TYPE_OF[request.kind]]].append(line)
        status = {
            "success": "true",
            "code": 200,
            "message": "SUCCESS",
            "total": str(len(page.requests)),
            "success_count": str(len(page.requests)),
        }
        body = {"count": page.total, "rows": len(page.requests), **lists}
        return Response({"response": {"status": status, "requests": body}})

    def _unknown_customer_answer(self) -> Response:
        """Answer an unknown customer with an empty list and an error status."""
        refusal = errors.RequestCustomerUnknown()
        entry = self.entry(refusal.code)
        status = {
            "success": "false",
            "code": entry.code,
            "message": entry.format_message(refusal.facts),
            "total": "0",
            "success_count": "0",
        }
        lists: dict[str, list[object]] = {name: [] for name in LISTS.values()}
        return Response(
            {"response": {"status": status, "requests": {"count": 0, "rows": 0, **lists}}}
        )

    # --- Reading the query --------------------------------------------------------------

    def _read_filter(self, query: Filters, customer_id: int | None) -> RequestFilter:
        one_step = query.word("is_one_step_change", ("true", "false"))
        return RequestFilter(
            customer_id=customer_id,
            kinds=self._read_kinds(),
            statuses=self._read_choices("status", Request.Status.values),
            ids=self._read_ids(),
            first_id=query.number("start_id"),
            last_id=query.number("end_id"),
            since=query.moment("start_date"),
            until=query.until("end_date"),
            makers=self._read_entities("added_by"),
            checkers=self._read_entities("updated_by"),
            one_step=one_step == "true" if one_step else None,
        )

    def _read_customer_id(self) -> int | DomainError | None:
        if not read_identifiers(self.request.query_params.dict()):
            return None
        [(_, customer), *rest] = find_requested_customers(self)
        if rest:
            raise RequestInvalid(detail="Ask for one customer at a time.")
        return customer if isinstance(customer, DomainError) else customer.customer_id

    def _read_kinds(self) -> list[str]:
        of_types = self._read_choices("type", BASE_TYPES)
        kinds = self._read_choices("base_type", TYPE_OF)
        if not of_types:
            return kinds
        of_type = [kind for name in of_types for kind in BASE_TYPES[name]]
        both = [kind for kind in of_type if kind in kinds] if kinds else of_type
        # No kind matches: a value that no request has, since an empty list would mean all kinds.
        return both or ["-"]

    def _read_choices(self, name: str, known: Collection[str] | Mapping[str, Any]) -> list[str]:
        raw = self.request.query_params.get(name, "").upper().split(",")
        choices = [choice.strip() for choice in raw if choice.strip()]
        if set(choices) - set(known):
            raise RequestInvalid(detail=f"{name} is one of: {', '.join(known)}.")
        return choices

    def _read_ids(self) -> list[int]:
        raw = self.request.query_params.get("request_id", "")
        raw_ids = [raw_id.strip() for raw_id in raw.split(",") if raw_id.strip()]
        ids = [number for raw_id in raw_ids if (number := read_number(raw_id)) is not None]
        if len(raw_ids) > MOST_IDS or len(ids) < len(raw_ids):
            raise RequestInvalid(
                detail=f"request_id is at most {MOST_IDS} numbers, separated by commas."
            )
        return ids

    def _read_entities(self, name: str) -> list[int] | None:
        raw = self.request.query_params.get(name, "").strip()
        return find_entity_ids_by_code(org_id=self.org.pk, code=raw[:150]) if raw else None


def _log_answers(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    return [log_answer(decision) for decision in decisions]


class Get(_RequestListView):
    """GET /v1.1/request/get"""

    operation = "v1.request.get"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    refusals = {"GET": [errors.RequestCustomerUnknown]}

    @extend_schema(
        summary="List requests",
        tags=["v1.1 request"],
        parameters=FILTERS,
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
        parameters=FILTERS,
        responses=LOGS,
        examples=load_examples(__file__, "request_logs"),
    )
    def get(self, request: HttpRequest) -> Response:
        """List requests like `request/get`, with all decisions and failed approvals in `logs`."""
        return self._list_answer()
