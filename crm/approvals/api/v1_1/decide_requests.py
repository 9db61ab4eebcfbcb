"""Views that approve and reject requests (contract, section 5.3)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1.request_answers import (
    decision_answer,
    list_request_headings,
    request_answer,
)
from crm.approvals.api.v1_1.request_input import read_type
from crm.approvals.api.v1_1.request_schema import DECIDE, DECIDED
from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.models import Request
from crm.approvals.queries.request_lists import RequestFilter, list_requests
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, read_text
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.ids import read_id
from crm.tenancy.models import Scope
from customers.errors import ReasonMissing
from loyalty.rules.amounts import read_amount

ECHOED = ("reference_id", "type", "base_type", "id")


class _DecisionView(V11View):
    """Base view of approving and rejecting."""

    approves: ClassVar[bool]
    success_key: ClassVar[str]

    def _decide_item(self, item: Item) -> ItemResult:
        request = self._get_request(item)
        points = self._read_points(item, request)
        [result] = decide_requests(
            origin=self.origin,
            request_ids=[request.pk],
            verdict=Verdict(
                approve=self.approves,
                reason=read_text(item.get("reason"))
                or read_text(item.get("updated_comments"))
                or "",
                comments=read_text(item.get("updated_comments")) or "",
                points=points,
            ),
        )
        if result.request is None or (result.refusal and not _has_failed(result.request)):
            raise result.refusal or errors.RequestUnknown()
        # The request after the decision, with its checker.
        [decided_request] = list_requests(
            org_id=self.org.pk, request_filter=RequestFilter(ids=[request.pk]), limit=1
        ).requests
        return ItemResult(
            {
                **request_answer(
                    decided_request,
                    list_request_headings(org_id=self.org.pk, requests=[decided_request]),
                ),
                **decision_answer(decided_request.decision),
            },
            self.success_key,
            failure=result.refusal,
        )

    def _get_request(self, item: Item) -> Request:
        _, kind = read_type(item)
        request_id = read_id(read_text(item.get("id")))
        if request_id is None:
            raise errors.RequestUnknown()
        requests = list_requests(
            org_id=self.org.pk,
            request_filter=RequestFilter(ids=[request_id], kinds=[kind]),
            limit=1,
        ).requests
        if not requests:
            raise errors.RequestUnknown()
        return requests[0]

    def _read_points(self, item: Item, request: Request) -> dict[int, Decimal]:
        raw = read_text(item.get("points"))
        if raw is None or not self.approves or request.kind != Request.Kind.POINTS:
            return {}
        points = read_amount(raw)
        if points is None or points <= 0:
            raise errors.PointsAskedInvalid()
        return {request.pk: points}


def _has_failed(request: Request) -> bool:
    """Whether the approval broke a rule. This state is stored; other refusals change nothing."""
    return request.status == Request.Status.FAILED and bool(request.failure)


def _echo_item(item: Item) -> Mapping[str, Any]:
    return {name: read_text(item.get(name)) for name in ECHOED if name in item}


REFUSALS = [
    errors.RequestTypeInvalid,
    errors.RequestBaseTypeInvalid,
    errors.RequestUnknown,
    errors.RequestDecided,
    errors.OwnRequest,
    errors.PointsAskedInvalid,
    errors.ValueTooLong,
]


class Approve(_DecisionView):
    """POST /v1.1/request/approve"""

    operation = "v1.request.approve"
    scopes = {"POST": Scope.REQUESTS_APPROVE}
    refusals = {"POST": REFUSALS}
    approves = True
    success_key = "done.request.approved"

    @extend_schema(
        summary="Approve requests",
        tags=["v1.1 request"],
        request=DECIDE,
        responses=DECIDED,
        examples=load_examples(__file__, "approve_requests"),
    )
    def post(self, request: HttpRequest) -> Response:
        """Approve requests. Each change is applied in the same transaction as its approval.

        A caller cannot approve their own requests; a till counts as its owner. `points` is the
        approved value of goodwill points. If the change breaks a rule, the request is FAILED, with
        the rule's code, and may be approved again.
        """
        rows = self.write_each(self.items("request"), self._decide_item, _echo_item)
        return Response(build_list_response("requests", "request", rows))


class Reject(_DecisionView):
    """POST /v1.1/request/reject"""

    operation = "v1.request.reject"
    scopes = {"POST": Scope.REQUESTS_APPROVE}
    refusals = {"POST": [*REFUSALS, ReasonMissing]}
    approves = False
    success_key = "done.request.rejected"

    @extend_schema(
        summary="Reject requests",
        tags=["v1.1 request"],
        request=DECIDE,
        responses=DECIDED,
        examples=load_examples(__file__, "reject_requests"),
    )
    def post(self, request: HttpRequest) -> Response:
        """Reject requests. `reason`, or else `updated_comments`, is required."""
        rows = self.write_each(self.items("request"), self._decide_item, _echo_item)
        return Response(build_list_response("requests", "request", rows))
