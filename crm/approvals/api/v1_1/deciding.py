"""Approving and rejecting requests (contract, section 5.3)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1 import examples
from crm.approvals.api.v1_1.answers import decision_answer, headings_of, request_answer
from crm.approvals.api.v1_1.asking import read_type
from crm.approvals.api.v1_1.schema import DECIDE, DECIDED
from crm.approvals.domain.deciding import Verdict, decide_requests
from crm.approvals.models import Request
from crm.approvals.queries.listing import Wanted, list_requests
from crm.dialects.v1_1.envelope import listed
from crm.dialects.v1_1.items import Item, text
from crm.dialects.v1_1.views import Done, V11View
from crm.tenancy.models import Scope
from customers.errors import ReasonMissing
from loyalty.rules.amounts import read_amount

ECHOED = ("reference_id", "type", "base_type", "id")


class _Decide(V11View):
    """What approving and rejecting have in common."""

    approves: ClassVar[bool]
    said: ClassVar[str]

    def _decide(self, item: Item) -> Done:
        request = self._named(item)
        points = self._points(item, request)
        [decided] = decide_requests(
            origin=self.origin,
            request_ids=[request.pk],
            verdict=Verdict(
                approve=self.approves,
                reason=text(item.get("reason")) or text(item.get("updated_comments")) or "",
                comments=text(item.get("updated_comments")) or "",
                points=points,
            ),
        )
        if decided.request is None or (decided.refusal and not _was_tried(decided.request)):
            raise decided.refusal or errors.RequestUnknown()
        # As it stands now, with who decided.
        [after] = list_requests(
            org_id=self.org.pk, wanted=Wanted(ids=[request.pk]), limit=1
        ).requests
        return Done(
            {
                **request_answer(after, headings_of(org_id=self.org.pk, requests=[after])),
                **decision_answer(after.decision),
            },
            self.said,
            broke=decided.refusal,
        )

    def _named(self, item: Item) -> Request:
        _, kind = read_type(item)
        digits = text(item.get("id")) or ""
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):
            raise errors.RequestUnknown()
        found = list_requests(
            org_id=self.org.pk, wanted=Wanted(ids=[int(digits)], kinds=[kind]), limit=1
        ).requests
        if not found:
            raise errors.RequestUnknown()
        return found[0]

    def _points(self, item: Item, request: Request) -> dict[int, Decimal]:
        said = text(item.get("points"))
        if said is None or not self.approves or request.kind != Request.Kind.POINTS:
            return {}
        points = read_amount(said)
        if points is None or points <= 0:
            raise errors.PointsAskedInvalid()
        return {request.pk: points}


def _was_tried(request: Request) -> bool:
    """Whether approving it broke a rule just now: that is kept, other refusals change nothing."""
    return request.status == Request.Status.FAILED and bool(request.failure)


def _echo(item: Item) -> Mapping[str, Any]:
    return {name: text(item.get(name)) for name in ECHOED if name in item}


REFUSALS = [
    errors.RequestTypeInvalid,
    errors.RequestBaseTypeInvalid,
    errors.RequestUnknown,
    errors.RequestDecided,
    errors.OwnRequest,
    errors.PointsAskedInvalid,
    errors.ValueTooLong,
]


class Approve(_Decide):
    """POST /v1.1/request/approve"""

    operation = "v1.request.approve"
    scopes = {"POST": Scope.REQUESTS_APPROVE}
    refusals = {"POST": REFUSALS}
    approves = True
    said = "done.request.approved"

    @extend_schema(
        summary="Approve requests",
        tags=["v1.1 request"],
        request=DECIDE,
        responses=DECIDED,
        examples=examples.APPROVE,
    )
    def post(self, request: HttpRequest) -> Response:
        """Approve requests; what each asks for happens in the same unit of work.

        Never one's own: a till counts as its owner. `points` is the approved value of goodwill
        points. A rule that the change breaks leaves the request FAILED and answers its code; it
        may be approved again.
        """
        rows = self.write_each(self.items("request"), self._decide, _echo)
        return Response(listed("requests", "request", rows))


class Reject(_Decide):
    """POST /v1.1/request/reject"""

    operation = "v1.request.reject"
    scopes = {"POST": Scope.REQUESTS_APPROVE}
    refusals = {"POST": [*REFUSALS, ReasonMissing]}
    approves = False
    said = "done.request.rejected"

    @extend_schema(
        summary="Reject requests",
        tags=["v1.1 request"],
        request=DECIDE,
        responses=DECIDED,
        examples=examples.REJECT,
    )
    def post(self, request: HttpRequest) -> Response:
        """Reject requests; `reason`, or else `updated_comments`, says why, and is needed."""
        rows = self.write_each(self.items("request"), self._decide, _echo)
        return Response(listed("requests", "request", rows))
