"""Views that approve and reject requests (contract, section 5.3)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1.request_input import DECIDE, DecisionIn, read_type
from crm.approvals.api.v1_1.request_shapes import (
    DECIDED,
    DecidedRequestOut,
    list_request_headings,
)
from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.models import Request
from crm.approvals.queries.request_lists import RequestFilter, list_requests
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, echo_texts
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.tenancy.models import Scope
from customers.errors import ReasonMissing
from loyalty.rules.amounts import read_amount

ECHOED = ("reference_id", "type", "base_type", "id")


class _DecisionView(V11View):
    """Base view of approving and rejecting."""

    approves: ClassVar[bool]
    success_key: ClassVar[str]

    def _decide_item(self, item: Item) -> ItemResult:
        _, kind = read_type(item)
        values = DecisionIn.read(item)
        request = self._get_request(values["id"], kind)
        [result] = decide_requests(
            origin=self.origin,
            request_ids=[request.pk],
            verdict=Verdict(
                approve=self.approves,
                reason=values["reason"] or values["comments"],
                comments=values["comments"],
                points=self._read_points(values["points"], request),
            ),
        )
        if result.request is None or (result.refusal and not _has_failed(result.request)):
            raise result.refusal or errors.RequestUnknown()
        # The request after the decision, with its checker.
        [decided_request] = list_requests(
            org_id=self.org.pk, request_filter=RequestFilter(ids=[request.pk]), limit=1
        ).requests
        return ItemResult(
            DecidedRequestOut.build(
                decided_request,
                headings=list_request_headings(org_id=self.org.pk, requests=[decided_request]),
                reference_id=None,
            ),
            self.success_key,
            failure=result.refusal,
        )

    def _get_request(self, request_id: int, kind: str) -> Request:
        requests = list_requests(
            org_id=self.org.pk,
            request_filter=RequestFilter(ids=[request_id], kinds=[kind]),
            limit=1,
        ).requests
        if not requests:
            raise errors.RequestUnknown()
        return requests[0]

    def _read_points(self, raw: str | None, request: Request) -> dict[int, Decimal]:
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
    return echo_texts(item, ECHOED)


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
