"""Listing requests (contract, section 5.3)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1 import examples
from crm.approvals.api.v1_1.answers import (
    LISTS,
    decision_answer,
    entity,
    headings_of,
    request_answer,
    word_answer,
)
from crm.approvals.api.v1_1.schema import LOGS, REQUESTS
from crm.approvals.models import Decision, Request
from crm.approvals.queries.listing import Wanted, list_requests, list_words
from crm.approvals.rules.types import BASE_TYPES, TYPE_OF
from crm.dialects.refusals import RequestInvalid
from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from crm.tenancy.queries.entities import find_entities_called
from customers.api.v1_1.filters import Filters
from customers.api.v1_1.whom import WHOM, find_asked, whom_in

MOST_IDS = 100

FILTERS = [
    *WHOM,
    *(
        OpenApiParameter(name, str, description=said)
        for name, said in (
            ("status", "`PENDING` `APPROVED` `REJECTED` `FAILED`, by comma."),
            ("type", "`CHANGE_IDENTIFIER` `GOODWILL` `TRANSACTION_UPDATE`, by comma."),
            ("base_type", "`MOBILE` `EMAIL` ... `RETRO`, by comma."),
            ("request_id", "The requests' own ids, by comma."),
            ("start_id", "Only requests of this id or a higher one."),
            ("end_id", "Only requests of this id or a lower one."),
            ("start_date", "Only requests filed then or later."),
            ("end_date", "Only requests filed then or earlier; a day counts whole."),
            ("added_by", "The id or code of who filed it."),
            ("updated_by", "The id or code of who decided it."),
            ("is_one_step_change", "`true` or `false`."),
            ("start", "How many to leave out; 0 is the first."),
            ("rows", "How many to show: 1 to 100, else 10."),
            ("order", "`asc` or `desc`, by the time of filing."),
        )
    ),
]


class _List(V11View):
    """What both lists have in common."""

    with_words: ClassVar[bool] = False

    def _answer(self) -> Response:
        query = Filters(self)
        rows = query.limit("rows")
        customer = self._customer()
        if isinstance(customer, DomainError):
            return self._nobody()
        page = list_requests(
            org_id=self.org.pk,
            wanted=self._wanted(query, customer),
            limit=rows,
            offset=query.number("start", least=0, most=1_000_000) or 0,
            ascending=query.word("order", ("asc", "desc")) == "asc",
        )
        headings = headings_of(org_id=self.org.pk, requests=page.requests)
        words = list_words([r.pk for r in page.requests]) if self.with_words else {}
        lists: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS.values()}
        for request in page.requests:
            line = {
                **request_answer(request, headings),
                "added_by": entity(request.maker),
                **decision_answer(request.decision),
            }
            if self.with_words:
                line["logs"] = {"log": _logs(words[request.pk])}
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

    def _nobody(self) -> Response:
        """The customer asked for is unknown: nothing is listed, and the status says why."""
        refusal = errors.RequestCustomerUnknown()
        entry = self.entry(refusal.code)
        status = {
            "success": "false",
            "code": entry.code,
            "message": entry.say(refusal.facts),
            "total": "0",
            "success_count": "0",
        }
        lists: dict[str, list[object]] = {name: [] for name in LISTS.values()}
        return Response(
            {"response": {"status": status, "requests": {"count": 0, "rows": 0, **lists}}}
        )

    # --- Reading the query --------------------------------------------------------------

    def _wanted(self, query: Filters, customer_id: int | None) -> Wanted:
        one_step = query.word("is_one_step_change", ("true", "false"))
        return Wanted(
            customer_id=customer_id,
            kinds=self._kinds(),
            statuses=self._words("status", Request.Status.values),
            ids=self._ids(),
            first_id=query.number("start_id"),
            last_id=query.number("end_id"),
            since=query.moment("start_date"),
            until=query.until("end_date"),
            makers=self._entities("added_by"),
            checkers=self._entities("updated_by"),
            one_step=one_step == "true" if one_step else None,
        )

    def _customer(self) -> int | DomainError | None:
        if not whom_in(self.request.query_params.dict()):
            return None
        [(_, whom), *rest] = find_asked(self)
        if rest:
            raise RequestInvalid(detail="Ask for one customer at a time.")
        return whom if isinstance(whom, DomainError) else whom.customer_id

    def _kinds(self) -> list[str]:
        of_types = self._words("type", BASE_TYPES)
        kinds = self._words("base_type", TYPE_OF)
        if not of_types:
            return kinds
        of_type = [kind for name in of_types for kind in BASE_TYPES[name]]
        both = [kind for kind in of_type if kind in kinds] if kinds else of_type
        # A base type that the type does not have is no request at all, rather than any.
        return both or ["-"]

    def _words(self, name: str, known: Collection[str] | Mapping[str, Any]) -> list[str]:
        said = self.request.query_params.get(name, "").upper().split(",")
        words = [word.strip() for word in said if word.strip()]
        if set(words) - set(known):
            raise RequestInvalid(detail=f"{name} is one of: {', '.join(known)}.")
        return words

    def _ids(self) -> list[int]:
        said = self.request.query_params.get("request_id", "")
        words = [word.strip() for word in said.split(",") if word.strip()]
        if len(words) > MOST_IDS or not all(_is_number(word) for word in words):
            raise RequestInvalid(detail=f"request_id is at most {MOST_IDS} numbers, by comma.")
        return [int(word) for word in words]

    def _entities(self, name: str) -> list[int] | None:
        said = self.request.query_params.get(name, "").strip()
        return find_entities_called(org_id=self.org.pk, called=said[:150]) if said else None


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdecimal() and len(said) <= 18


def _logs(words: Sequence[Decision]) -> list[dict[str, Any]]:
    return [word_answer(word) for word in words]


class Get(_List):
    """GET /v1.1/request/get"""

    operation = "v1.request.get"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    refusals = {"GET": [errors.RequestCustomerUnknown]}

    @extend_schema(
        summary="List requests",
        tags=["v1.1 request"],
        parameters=FILTERS,
        responses=REQUESTS,
        examples=examples.GET,
    )
    def get(self, request: HttpRequest) -> Response:
        """List requests, the newest first, in a list for each type.

        `count` is how many there are (counted up to 10,000), `rows` how many are shown. Of a
        customer those are listed that are about them, and those that name them as the target.
        """
        return self._answer()


class Logs(_List):
    """GET /v1.1/request/logs"""

    operation = "v1.request.logs"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    refusals = {"GET": [errors.RequestCustomerUnknown]}
    with_words = True

    @extend_schema(
        summary="List requests with all that was said about each",
        tags=["v1.1 request"],
        parameters=FILTERS,
        responses=LOGS,
        examples=examples.LOGS,
    )
    def get(self, request: HttpRequest) -> Response:
        """List requests like `request/get`, with every decision in `logs`, failed tries too."""
        return self._answer()
