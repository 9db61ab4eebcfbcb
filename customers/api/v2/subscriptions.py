"""Subscriptions of customers (v2, "Update / Retrieve Subscription Details")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.details import WORDING
from customers.api.v2.lookup import (
    LOOKUP_EXAMPLE,
    LOOKUP_REFUSALS,
    LOOKUP_SOURCE_REFUSALS,
    LookupQuery,
    read_looked_up_customer,
)
from customers.api.v2.subscriptions_schema import (
    ScopeOut,
    SubscribeIn,
    SubscribeOut,
    SubscribeRowOut,
    SubscriptionsOut,
)
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.queries.customers.active import check_active_customer
from customers.queries.subscriptions import list_subscriptions
from customers.rules.subscriptions import read_campaign_id, read_communication_id


class Subscriptions(V2View):
    """GET, POST /v2/customers/{id}/subscriptions"""

    operation = {"GET": "customers.subscriptions", "POST": "customers.subscribe"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"customer_id": 17742}, "POST": {"customer_id": 17742}}
    wording = {"GET": WORDING}
    refusals = {
        "GET": [errors.CustomerUnknown, errors.CustomerMerged],
        "POST": [
            errors.CustomerUnknown,
            errors.CustomerMerged,
            errors.SubscriptionChannelInvalid,
            errors.SubscriptionPriorityInvalid,
            errors.SubscriptionScopeInvalid,
            errors.SubscriptionScopesSeveral,
            errors.CampaignIdInvalid,
            errors.CommunicationIdInvalid,
            errors.SubscriptionStatusInvalid,
            errors.SubscriptionUnitUnknown,
            errors.AccountIdMissing,
            errors.ReasonInvalid,
        ],
    }

    @extend_schema(
        summary="Retrieve a customer's subscriptions",
        tags=["v2 subscriptions"],
        responses=SubscriptionsOut,
        examples=load_examples(__file__, "subscriptions"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List the subscriptions of a customer by channel and priority.

        The totals come first: OPTOUT if any source account or unit is opted out, else OPTIN, also
        if nothing was ever set. Then each setting follows, with `sourceName`, `accountId` and
        `orgUnitId` (null: the whole organization).
        """
        check_active_customer(org_id=self.org.pk, customer_id=customer_id)
        return self._list_subscriptions(customer_id)

    def _list_subscriptions(self, customer_id: int) -> Response:
        consents = list_subscriptions(org_id=self.org.pk, customer_id=customer_id)
        return Response(SubscriptionsOut.build(consents))

    @extend_schema(
        summary="Opt a customer in or out",
        tags=["v2 subscriptions"],
        request=SubscribeIn,
        responses=SubscribeOut,
        examples=load_examples(__file__, "subscribe"),
    )
    def post(self, request: Request, customer_id: int) -> Response:
        """Opt a customer in or out. All rows are saved, or none.

        Each row is for a channel and priority in one source account (default: INSTORE) and one
        unit, or the whole organization. Each change is logged with the reason; a row that changes
        nothing is not logged. Of two rows for the same subscription, only the last is applied and
        answered. The log tells `campaignId` and `communicationId`.
        """
        return self._subscribe(customer_id)

    def _subscribe(self, customer_id: int) -> Response:
        body = self.read_body(SubscribeIn)
        scope = body.get("scope") or {}
        consents = subscribe(
            origin=self.origin,
            customer_id=customer_id,
            changes=[_build_change(row) for row in body["subscriptions"]],
            reason=body.get("reason") or "",
            campaign_id=body["campaignId"],
            communication_id=body["communicationId"],
            scope=scope.get("scope"),
            sub_scope=scope.get("subScope"),
        )
        return Response(
            {
                "scope": ScopeOut.build(scope),
                "subscriptions": [SubscribeRowOut.build(consent) for consent in consents],
                "campaignId": read_campaign_id(body["campaignId"]),
                "communicationId": read_communication_id(body["communicationId"]),
                "reason": body.get("reason") or "",
                "warnings": [],
            }
        )


class LookedUpSubscriptions(Subscriptions):
    """GET, POST /v2/customers/lookup/subscriptions"""

    operation = {"GET": "customers.lookupSubscriptions", "POST": "customers.lookupSubscribe"}
    examples = {"GET": LOOKUP_EXAMPLE, "POST": LOOKUP_EXAMPLE}
    wording = {}
    refusals = {
        "GET": [*LOOKUP_REFUSALS, *LOOKUP_SOURCE_REFUSALS],
        "POST": [
            *LOOKUP_REFUSALS,
            *(
                refusal
                for refusal in Subscriptions.refusals["POST"]
                if refusal not in LOOKUP_REFUSALS
            ),
            errors.NoProfileInSource,
            errors.SourceAccountUnknown,
        ],
    }

    @extend_schema(
        summary="Retrieve the subscriptions of a customer by an identifier",
        tags=["v2 lookup"],
        parameters=[LookupQuery],
        responses=SubscriptionsOut,
        examples=load_examples(__file__, "subscriptions"),
    )
    def get(self, request: Request) -> Response:  # type: ignore[override]
        """List the subscriptions of the customer with the identifier, as by id.

        If a source is sent, the customer needs a profile in it.
        """
        return self._list_subscriptions(read_looked_up_customer(self))

    @extend_schema(
        summary="Opt a customer in or out by an identifier",
        tags=["v2 lookup"],
        parameters=[LookupQuery],
        request=SubscribeIn,
        responses=SubscribeOut,
        examples=load_examples(__file__, "subscribe"),
    )
    def post(self, request: Request) -> Response:  # type: ignore[override]
        """Opt the customer with the identifier in or out, as by id.

        If a source is sent, the customer needs a profile in it.
        """
        return self._subscribe(read_looked_up_customer(self))


def _build_change(row: Mapping[str, Any]) -> SubscriptionChangeIn:
    return SubscriptionChangeIn(
        channel=row.get("channel"),
        priority=row.get("priority"),
        status=row.get("type"),
        source=row.get("sourceName"),
        account_id=row.get("accountId"),
        org_unit_id=row.get("orgUnitId"),
    )
