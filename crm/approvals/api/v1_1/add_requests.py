"""View that files requests (contract, section 5.3)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1.request_input import ADD, read_new_request
from crm.approvals.api.v1_1.request_shapes import ADDED, RequestOut, list_request_headings
from crm.approvals.domain.new_requests import file_request
from crm.approvals.rules.request_types import GOODWILL, TYPE_OF
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, echo_texts
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.tenancy.models import Scope
from customers.api.v1_1.customer_lookup import build_merge_notices
from loyalty.errors import TransactionHasOwner, TransactionOfAnother

ECHOED = ("reference_id", "type", "base_type", "old_value", "new_value")


class Add(V11View):
    """POST /v1.1/request/add"""

    operation = "v1.request.add"
    scopes = {"POST": Scope.REQUESTS_WRITE}
    refusals = {
        "POST": [
            errors.RequestTypeInvalid,
            errors.RequestBaseTypeInvalid,
            errors.RequestCustomerMissing,
            errors.RequestCustomerUnknown,
            errors.OldValueNotHeld,
            errors.NewValueMissing,
            errors.NewMobileInvalid,
            errors.NewEmailInvalid,
            errors.NewExternalIdInvalid,
            errors.TargetUnknown,
            TransactionHasOwner,
            TransactionOfAnother,
            errors.VictimPending,
            errors.SurvivorPending,
            errors.VictimMerged,
            errors.SurvivorMerged,
            errors.SurvivorIsVictim,
            errors.SameRequestPending,
            errors.PointsAskedInvalid,
            errors.ValueTooLong,
        ]
    }

    @extend_schema(
        summary="File requests for approval",
        tags=["v1.1 request"],
        parameters=[
            OpenApiParameter(
                "client_auto_approve",
                bool,
                description="`true` approves at once, with the scope `requests.approve`.",
            ),
            OpenApiParameter(
                "is_one_step_change",
                bool,
                description="`true` files and approves in one step, with the same scope.",
            ),
        ],
        request=ADD,
        responses=ADDED,
        examples=load_examples(__file__, "add_requests"),
    )
    def post(self, request: Request) -> Response:
        """File requests. Each is validated at once, and is pending until another person decides.

        An item is APPROVED at once if the organization auto-approves its kind, or if a caller with
        the scope `requests.approve` passes `client_auto_approve` or `is_one_step_change`. If the
        approval breaks a rule, the item is FAILED, with the rule's code. Without the scope these
        parameters are ignored. `misc_info.target_customer` is the survivor of a merge.
        Of a MOBILE_REALLOC it is who gets the `old_value`; without one, the customer gets the
        `new_value`.
        """
        rows = self.write_each(self.items("request"), self._file_item, _echo_item)
        return Response(build_list_response("requests", "request", rows))

    def _file_item(self, item: Item) -> ItemResult:
        new_request, customer = read_new_request(self, item)
        may_approve = Scope.REQUESTS_APPROVE in self.caller.scopes
        result = file_request(
            origin=self.origin,
            new_request=new_request,
            auto_approve=may_approve and self._has_flag("client_auto_approve"),
            one_step=may_approve and self._has_flag("is_one_step_change"),
        )
        headings = list_request_headings(org_id=self.org.pk, requests=[result.request])
        is_goodwill = TYPE_OF[result.request.kind] == GOODWILL
        return ItemResult(
            RequestOut.build(
                result.request, headings=headings, reference_id=new_request.reference_id
            ),
            "done.goodwill_request.added" if is_goodwill else "done.request.added",
            build_merge_notices(customer),
            failure=result.refusal,
        )

    def _has_flag(self, name: str) -> bool:
        return self.request.query_params.get(name, "").strip().lower() in ("true", "1")


def _echo_item(item: Item) -> Mapping[str, Any]:
    return echo_texts(item, ECHOED)
