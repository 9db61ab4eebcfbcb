"""Set a customer's status label (v2, "Update customer status")."""

from datetime import datetime, tzinfo

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.field_types import Text
from customers.api.v2.lookup import (
    LOOKUP_EXAMPLE,
    LOOKUP_REFUSALS,
    IdentifierQuery,
    find_customer_by_query,
)
from customers.api.v2.shared_schema import WarningOut
from customers.api.v2.source_accounts import SourceQuery, get_account_to_write
from customers.operations.status_labels import label_customer
from customers.rules.times import parse_moment


class StatusQuery(IdentifierQuery, SourceQuery):
    pass


class StatusIn(serializers.Serializer):
    label = Text(  # type: ignore[assignment]
        help_text="A label of the organization; case-insensitive."
    )
    reason = Text()
    createdOn = Text(help_text="When it happened. Default: now.")


class StatusUpdateOut(serializers.Serializer):
    warnings = WarningOut(many=True)
    error = WarningOut(many=True)


class UpdateStatus(V2View):
    """PUT /v2/customers/lookup/status"""

    operation = "customers.updateStatus"
    scopes = {"PUT": Scope.CUSTOMERS_WRITE}
    examples = {"PUT": LOOKUP_EXAMPLE}
    refusals = {
        "PUT": [
            *LOOKUP_REFUSALS,
            errors.NoProfileInSource,
            errors.StatusLabelUnknown,
            errors.ReasonMissing,
            errors.ReasonInvalid,
            errors.SourceAccountMissing,
            errors.SourceAccountUnknown,
            errors.AccountIdMissing,
        ]
    }

    @extend_schema(
        summary="Set a customer's status label",
        tags=["v2 lookup"],
        parameters=[StatusQuery],
        request=StatusIn,
        responses=StatusUpdateOut,
        examples=load_examples(__file__, "update_status"),
    )
    def put(self, request: Request) -> Response:
        """Set the status label of the customer with the identifier, and log the reason.

        The label that was set last is current, whatever its date. It counts in all sources.
        """
        query = self.read_query(StatusQuery)
        body = self.read_body(StatusIn)
        account = get_account_to_write(self.org.pk, query)
        label_customer(
            origin=self.origin,
            customer_id=find_customer_by_query(self.org, query, account),
            label=body.get("label") or "",
            reason=body.get("reason") or "",
            created_at=read_created_at(body.get("createdOn") or "", self.org.zone),
        )
        return Response({"warnings": [], "error": []})


def read_created_at(raw: str, zone: tzinfo) -> datetime | None:
    """Read the caller's date of a change; None if there is none.

    Raises:
        RequestInvalid: the text is no date and time.
    """
    if not raw.strip():
        return None
    moment = parse_moment(raw, zone)
    if moment is None:
        raise RequestInvalid(detail="createdOn: this is no date and time.")
    return moment
