"""Filing requests (contract, section 5.3)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1 import examples
from crm.approvals.api.v1_1.answers import headings_of, request_answer
from crm.approvals.api.v1_1.asking import read_ask
from crm.approvals.api.v1_1.schema import ADD, ADDED
from crm.approvals.domain.filing import file_request
from crm.approvals.rules.types import GOODWILL, TYPE_OF
from crm.dialects.v1_1.envelope import listed
from crm.dialects.v1_1.items import Item, text
from crm.dialects.v1_1.views import Done, V11View
from crm.tenancy.models import Scope
from customers.api.v1_1.whom import merged_notices

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
        examples=examples.ADD,
    )
    def post(self, request: Request) -> Response:
        """File requests; each is validated at once, and waits for somebody else's approval.

        Where the organization approves a kind by itself, or `client_auto_approve` or
        `is_one_step_change` is passed by a log-in with `requests.approve`, the item is APPROVED
        at once; a rule that this broke leaves it FAILED, with the rule's code. Without that scope
        the wish is passed over and the request waits. `misc_info.target_customer` is the survivor
        of a merge.
        """
        rows = self.write_each(self.items("request"), self._file, _echo)
        return Response(listed("requests", "request", rows))

    def _file(self, item: Item) -> Done:
        ask, whom = read_ask(self, item)
        may_approve = Scope.REQUESTS_APPROVE in self.caller.scopes
        filed = file_request(
            origin=self.origin,
            ask=ask,
            auto_approve=may_approve and self._wants("client_auto_approve"),
            one_step=may_approve and self._wants("is_one_step_change"),
        )
        headings = headings_of(org_id=self.org.pk, requests=[filed.request])
        is_goodwill = TYPE_OF[filed.request.kind] == GOODWILL
        return Done(
            request_answer(filed.request, headings, reference_id=text(item.get("reference_id"))),
            "done.goodwill_request.added" if is_goodwill else "done.request.added",
            merged_notices(whom),
            broke=filed.refusal,
        )

    def _wants(self, name: str) -> bool:
        return self.request.query_params.get(name, "").strip().lower() in ("true", "1")


def _echo(item: Item) -> Mapping[str, Any]:
    return {name: text(item.get(name)) for name in ECHOED if name in item}
