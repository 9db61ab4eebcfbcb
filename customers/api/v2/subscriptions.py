"""What customers agreed to receive (v2, "Update / Retrieve Subscription Details")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.v2.reading import LARGEST_ID
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.answers import WarningOut
from customers.api.v2.details_answer import subscriptions_answer
from customers.api.v2.details_schema import SubscriptionInfoOut
from customers.api.v2.fields_in import Text, listed
from customers.api.v2.reading_details import WORDING
from customers.operations.subscribing import SubscriptionChangeIn, subscribe
from customers.queries.lookup import check_standing
from customers.queries.subscriptions import list_subscriptions
from customers.rules.subscriptions import Consent

MOST_CHANGES = 100
NONE = -1  # the reference's word for "no campaign", "no message"


class CampaignId(serializers.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"default": NONE, "min_value": NONE, "max_value": LARGEST_ID, **kwargs},
            help_text="-1: none.",
        )


@extend_schema_field(OpenApiTypes.STR)
class ScopeName(serializers.Field):
    """One name; several, as a list or by commas, have a refusal of their own."""

    default_error_messages = {"invalid": "Must be text, or a list of texts."}

    def to_internal_value(self, data: Any) -> Any:
        names = data if isinstance(data, list) else [data]
        if not all(isinstance(name, str) for name in names):
            self.fail("invalid")
        return data


class ScopeIn(serializers.Serializer):
    scope = ScopeName(required=False, allow_null=True)
    subScope = ScopeName(required=False, allow_null=True)


class SubscriptionIn(serializers.Serializer):
    channel = Text(help_text="MOBILE or SMS, EMAIL, WECHAT, WHATSAPP, ANDROID, IOS, LINE.")
    priority = Text(help_text="TRANS or BULK.")
    type = Text(help_text="OPTIN or OPTOUT.")
    sourceName = Text(help_text="INSTORE when neither this nor accountId is said.")
    accountId = Text()
    orgUnitId = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LARGEST_ID,
        help_text="A concept's id; for the whole organization when left out.",
    )


class SubscribeIn(serializers.Serializer):
    subscriptions = listed(
        SubscriptionIn(), MOST_CHANGES, required=True, allow_null=False, allow_empty=False
    )
    scope = ScopeIn(required=False, allow_null=True)
    reason = Text()
    campaignId = CampaignId()
    communicationId = CampaignId()


class ScopeOut(serializers.Serializer):
    scopeId = serializers.IntegerField()
    scope = serializers.CharField()
    subScope = serializers.CharField()
    setCreatedOn = serializers.BooleanField()
    setPriority = serializers.BooleanField()
    setScopeId = serializers.BooleanField()
    setScope = serializers.BooleanField()
    setSubScope = serializers.BooleanField()


class SubscribedRowOut(serializers.Serializer):
    channel = serializers.CharField()
    accountId = serializers.CharField()
    priority = serializers.CharField()
    type = serializers.CharField()
    sourceName = serializers.CharField()
    orgUnitId = serializers.IntegerField(allow_null=True)


class SubscribedOut(serializers.Serializer):
    scope = ScopeOut()
    subscriptions = SubscribedRowOut(many=True)
    campaignId = serializers.IntegerField()
    communicationId = serializers.IntegerField()
    reason = serializers.CharField()
    warnings = WarningOut(many=True)


class SubscriptionsOut(SubscriptionInfoOut):
    warnings = WarningOut(many=True)


class Subscriptions(V2View):
    """GET, POST /v2/customers/{id}/subscriptions"""

    operation = {"GET": "customers.subscriptions", "POST": "customers.subscribe"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
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
        examples=[
            OpenApiExample(
                "Nothing was ever set",
                value={
                    "subscriptions": [
                        {"channel": channel, "priority": priority, "type": "OPTIN"}
                        for priority in ("TRANS", "BULK")
                        for channel in ("EMAIL", "SMS")
                    ],
                    "campaignId": 0,
                    "communicationId": 0,
                    "warnings": [],
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """Tell what a customer receives, by channel and priority.

        First come the sums: OPTOUT where any source account or unit is opted out, and OPTIN also
        where nothing was ever set. Then what was set, row by row, with `sourceName`, `accountId`
        and `orgUnitId` (null: the whole organization).
        """
        check_standing(org_id=self.org.pk, customer_id=customer_id)
        consents = list_subscriptions(org_id=self.org.pk, customer_id=customer_id)
        return Response({**subscriptions_answer(consents), "warnings": []})

    @extend_schema(
        summary="Opt a customer in or out",
        tags=["v2 subscriptions"],
        request=SubscribeIn,
        responses=SubscribedOut,
        examples=[
            OpenApiExample(
                "No more advertising by email",
                value={
                    "communicationId": -1,
                    "campaignId": -1,
                    "reason": "asked at the till",
                    "scope": {"scope": "USER", "subScope": "NONE"},
                    "subscriptions": [
                        {
                            "channel": "EMAIL",
                            "accountId": "",
                            "priority": "BULK",
                            "type": "OPTOUT",
                            "orgUnitId": 200031782,
                            "sourceName": "INSTORE",
                        }
                    ],
                },
                request_only=True,
            ),
            OpenApiExample(
                "Opted out",
                value={
                    "scope": {
                        "scopeId": 0,
                        "scope": "USER",
                        "subScope": "NONE",
                        "setCreatedOn": False,
                        "setPriority": False,
                        "setScopeId": False,
                        "setScope": True,
                        "setSubScope": True,
                    },
                    "subscriptions": [
                        {
                            "channel": "EMAIL",
                            "accountId": "",
                            "priority": "BULK",
                            "type": "OPTOUT",
                            "sourceName": "INSTORE",
                            "orgUnitId": 200031782,
                        }
                    ],
                    "campaignId": -1,
                    "communicationId": -1,
                    "reason": "asked at the till",
                    "warnings": [],
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request, customer_id: int) -> Response:
        """Opt a customer in or out, all of it or nothing.

        Each row is for a channel and priority in one source account, INSTORE unless it says
        otherwise, and one unit of the organization or all of it. Each change is logged with the
        reason; what is so already is not logged again. Where two rows mean the same, the last
        wins, and is the only one answered.
        """
        body = self.read_body(SubscribeIn)
        scope = body.get("scope") or {}
        consents = subscribe(
            origin=self.origin,
            customer_id=customer_id,
            changes=[_change(row) for row in body["subscriptions"]],
            reason=body.get("reason") or "",
            campaign_id=body["campaignId"],
            communication_id=body["communicationId"],
            scope=scope.get("scope"),
            sub_scope=scope.get("subScope"),
        )
        return Response(
            {
                "scope": _scope(scope),
                "subscriptions": [_row(consent) for consent in consents],
                "campaignId": body["campaignId"],
                "communicationId": body["communicationId"],
                "reason": body.get("reason") or "",
                "warnings": [],
            }
        )


def _change(row: Mapping[str, Any]) -> SubscriptionChangeIn:
    return SubscriptionChangeIn(
        channel=row.get("channel"),
        priority=row.get("priority"),
        status=row.get("type"),
        source=row.get("sourceName"),
        account_id=row.get("accountId"),
        org_unit_id=row.get("orgUnitId"),
    )


def _scope(said: Mapping[str, Any]) -> dict[str, Any]:
    """The one scope there is, and which parts of it the caller said."""
    return {
        "scopeId": 0,
        "scope": "USER",
        "subScope": "NONE",
        "setCreatedOn": False,
        "setPriority": False,
        "setScopeId": False,
        "setScope": bool(said.get("scope")),
        "setSubScope": bool(said.get("subScope")),
    }


def _row(consent: Consent) -> dict[str, Any]:
    return {
        "channel": consent.channel,
        "accountId": consent.account_id,
        "priority": consent.priority,
        "type": consent.status,
        "sourceName": consent.source,
        "orgUnitId": consent.org_unit_id,
    }
