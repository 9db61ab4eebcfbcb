"""View that requests a change of an identifier (v1.1, "Update Customer Identifiers")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1.request_input import UPDATE_IDENTITY, IdentityIn
from crm.approvals.api.v1_1.request_shapes import UPDATED_IDENTITY
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Request as ChangeRequest
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, read_text
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers.queries.customers.by_identifiers import match_customers

KINDS = {
    "mobile": ("mobile", ChangeRequest.Kind.MOBILE),
    "email": ("email", ChangeRequest.Kind.EMAIL),
    "external_id": ("externalId", ChangeRequest.Kind.EXTERNAL_ID),
}
ECHOED = ("identifier", "old_value", "new_value")


class UpdateIdentity(V11View):
    """POST /v1.1/customer/update_identity"""

    operation = "v1.customer.update_identity"
    scopes = {"POST": Scope.REQUESTS_WRITE}
    refusals = {"POST": [errors.IdentityChangeNotFiled]}

    @extend_schema(
        summary="Request a change of mobile number, email address or external id",
        tags=["v1.1 customer"],
        request=UPDATE_IDENTITY,
        responses=UPDATED_IDENTITY,
        examples=load_examples(__file__, "update_identity"),
    )
    def post(self, request: Request) -> Response:
        """File a request (1040), which another person must approve before anything changes.

        The customer is found by the old value. A refused request is 1041, with the reason in the
        message. `updated` is `true` when the request was filed.
        """
        rows = self.write_each(self.items("customer"), self._file_item, _echo_item)
        return Response(build_list_response("customers", "customer", rows))

    def _file_item(self, item: Item) -> ItemResult:
        try:
            result = file_request(origin=self.origin, new_request=self._read_new_request(item))
        except DomainError as refusal:
            # The reference has one code for all refusals, so the message carries the reason.
            message = self.entry(refusal.code).format_message(refusal.facts)
            raise errors.IdentityChangeNotFiled(reason=message) from refusal
        answer = {**_echo_item(item), "updated": "true", "request_id": str(result.request.pk)}
        return ItemResult(answer, "done.identity_change.requested", failure=result.refusal)

    def _read_new_request(self, item: Item) -> NewRequest:
        values = IdentityIn.read(item)
        identifier_kind = KINDS.get(values["identifier"].lower())
        if identifier_kind is None:
            raise errors.RequestBaseTypeInvalid(base_type=values["identifier"])
        type, kind = identifier_kind
        if values["old_value"] is None:
            raise errors.OldValueNotHeld()
        [customer] = match_customers(org=self.org, items=[{type: values["old_value"]}])
        if isinstance(customer, DomainError):
            raise errors.OldValueNotHeld()
        return NewRequest(
            kind=kind,
            customer_id=customer.customer_id,
            old_value=values["old_value"],
            new_value=values["new_value"],
        )


def _echo_item(item: Item) -> Mapping[str, Any]:
    return {**{name: read_text(item.get(name)) for name in ECHOED}, "updated": "false"}
