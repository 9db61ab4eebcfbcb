"""Asking for another identifier (v1.1, "Update Customer Identifiers")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.approvals import errors
from crm.approvals.api.v1_1 import examples
from crm.approvals.api.v1_1.schema import UPDATE_IDENTITY, UPDATED_IDENTITY
from crm.approvals.domain.asking import Ask
from crm.approvals.domain.filing import file_request
from crm.approvals.models import Request as Asked
from crm.dialects.v1_1.envelope import listed
from crm.dialects.v1_1.items import Item, text
from crm.dialects.v1_1.views import Done, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers.queries.whom import find_whom

KINDS = {
    "mobile": ("mobile", Asked.Kind.MOBILE),
    "email": ("email", Asked.Kind.EMAIL),
    "external_id": ("externalId", Asked.Kind.EXTERNAL_ID),
}
ECHOED = ("identifier", "old_value", "new_value")


class UpdateIdentity(V11View):
    """POST /v1.1/customer/update_identity"""

    operation = "v1.customer.update_identity"
    scopes = {"POST": Scope.REQUESTS_WRITE}
    refusals = {"POST": [errors.IdentityChangeNotFiled]}

    @extend_schema(
        summary="Ask for another mobile number, email address or external id",
        tags=["v1.1 customer"],
        request=UPDATE_IDENTITY,
        responses=UPDATED_IDENTITY,
        examples=examples.UPDATE_IDENTITY,
    )
    def post(self, request: Request) -> Response:
        """File a request (1040) that somebody else decides; nothing changes until then.

        The customer is whoever has the old value. What cannot be filed is 1041, and the message
        says why. `updated` is `true` when the request was filed.
        """
        rows = self.write_each(self.items("customer"), self._file, _echo)
        return Response(listed("customers", "customer", rows))

    def _file(self, item: Item) -> Done:
        try:
            filed = file_request(origin=self.origin, ask=self._ask(item))
        except DomainError as refusal:
            # One code for all of them, as the reference has it; the reason is not lost.
            said = self.entry(refusal.code).say(refusal.facts)
            raise errors.IdentityChangeNotFiled(reason=said) from refusal
        answer = {**_echo(item), "updated": "true", "request_id": str(filed.request.pk)}
        return Done(answer, "done.identity_change.requested", broke=filed.refusal)

    def _ask(self, item: Item) -> Ask:
        named = KINDS.get((text(item.get("identifier")) or "").lower())
        if named is None:
            raise errors.RequestBaseTypeInvalid(base_type=text(item.get("identifier")) or "")
        type, kind = named
        old = text(item.get("old_value"))
        if old is None:
            raise errors.OldValueNotHeld()
        [whom] = find_whom(org=self.org, asked=[{type: old}])
        if isinstance(whom, DomainError):
            raise errors.OldValueNotHeld()
        return Ask(
            kind=kind,
            customer_id=whom.customer_id,
            old_value=old,
            new_value=text(item.get("new_value")),
        )


def _echo(item: Item) -> Mapping[str, Any]:
    return {**{name: text(item.get(name)) for name in ECHOED}, "updated": "false"}
