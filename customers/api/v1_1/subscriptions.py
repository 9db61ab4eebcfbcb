"""Subscriptions of customers (v1.1, "Update / Retrieve Subscription Details")."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, read_text
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, Row, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    add_survivor,
    build_merge_notices,
    echo_identifiers,
    find_item_customer,
    find_requested_customers,
)
from customers.api.v1_1.subscriptions_schema import (
    SUBSCRIBE_REQUEST,
    SUBSCRIBE_RESPONSE,
    SUBSCRIPTIONS_RESPONSE,
)
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.customers.lookup import CustomerMatch
from customers.queries.subscriptions import list_subscriptions_by_customer
from customers.rules.subscriptions import (
    ALWAYS_EMBEDDED,
    OPTIN,
    OPTOUT,
    Consent,
    check_module,
    read_channel,
    read_priority,
)

ALL = "ALL"
STATUSES = {"1": OPTIN, "true": OPTIN, "0": OPTOUT, "false": OPTOUT}
ECHOED_KEYS = ("channel", "priority", "scope", "is_subscribed")
WORDING = {
    "customers.identifier_missing": "customers.identifier_missing.subscriptions",
    "customers.identifier_invalid": "customers.identifier_missing.subscriptions",
}


class Subscriptions(V11View):
    """GET, POST /v1.1/customer/subscriptions"""

    operation = {"GET": "v1.customer.subscriptions", "POST": "v1.customer.subscribe"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"mobile": "44700900000"}}
    wording = {"GET": WORDING, "POST": WORDING}
    refusals = {
        "GET": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.SubscriptionChannelInvalid,
            errors.SubscriptionPriorityInvalid,
            errors.SubscriptionScopeInvalid,
            errors.SubscriptionScopesSeveral,
        ],
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.SubscriptionChannelInvalid,
            errors.SubscriptionPriorityInvalid,
            errors.SubscriptionScopeInvalid,
            errors.SubscriptionScopesSeveral,
            errors.SubscriptionStatusInvalid,
        ],
    }

    @extend_schema(
        summary="Retrieve subscriptions of customers",
        tags=["v1.1 customer"],
        parameters=[
            *LOOKUP_PARAMETERS,
            OpenApiParameter("channel", str, description="A channel, such as `SMS` or `EMAIL`."),
            OpenApiParameter("priority", str, description="`TRANS` or `BULK`."),
            OpenApiParameter("scope", str, description="`ALL`, the only scope."),
        ],
        responses=SUBSCRIPTIONS_RESPONSE,
        examples=load_examples(__file__, "subscriptions"),
    )
    def get(self, request: Request) -> Response:
        """List the subscriptions of customers by channel and priority.

        `user_preference` is `UNSUBSCRIBED` if any source account or unit is opted out, and
        `NOT_SET` if nothing was ever set. `subscribed` is `NONE` for opted-out customers, else
        `ALL`. EMAIL, SMS, ANDROID and IOS are always listed, other channels only if set.
        """
        matches = find_requested_customers(self)
        try:
            channels, priorities = self._read_filters()
        except DomainError as refusal:
            rows = [self.build_refusal_row(refusal, lookup.echo) for lookup, _ in matches]
            return Response(build_list_response("subscriptions", "subscription", rows))
        ids = {match.customer_id for _, match in matches if isinstance(match, CustomerMatch)}
        headings = list_headings(org_id=self.org.pk, customer_ids=ids)
        consents = list_subscriptions_by_customer(
            org_id=self.org.pk, customer_ids=ids, always=channels or ALWAYS_EMBEDDED
        )
        rows = [
            self._build_row(
                match,
                headings[match.customer_id],
                consents[match.customer_id],
                channels,
                priorities,
            )
            if isinstance(match, CustomerMatch) and match.customer_id in headings
            else self.build_refusal_row(_get_refusal(match), lookup.echo)
            for lookup, match in matches
        ]
        return Response(build_list_response("subscriptions", "subscription", rows))

    @extend_schema(
        summary="Opt customers in or out",
        tags=["v1.1 customer"],
        request=SUBSCRIBE_REQUEST,
        responses=SUBSCRIBE_RESPONSE,
        examples=load_examples(__file__, "subscribe"),
    )
    def post(self, request: Request) -> Response:
        """Opt customers in or out for a channel and priority, in the source INSTORE.

        Items succeed or fail separately. `is_subscribed` is `1` or `0`. `ALL` is the only scope
        and the default: another scope fails with 1103, several with 1105.
        """
        rows = self.write_each(self.items("subscription"), self._subscribe, _echo_item)
        return Response(build_list_response("subscriptions", "subscription", rows))

    # --- Reading ------------------------------------------------------------------------

    def _read_filters(self) -> tuple[list[str], list[str]]:
        query = self.request.query_params
        check_module(query.get("scope"))
        channel, priority = read_text(query.get("channel")), read_text(query.get("priority"))
        return (
            [read_channel(channel)] if channel else [],
            [read_priority(priority)] if priority else [],
        )

    def _build_row(
        self,
        match: CustomerMatch,
        heading: Heading,
        consents: Iterable[Consent],
        channels: Sequence[str],
        priorities: Sequence[str],
    ) -> Row:
        preferences_by_channel: dict[str, list[dict[str, str]]] = {}
        for consent in consents:
            if consent.source is not None:
                continue
            if channels and consent.channel not in channels:
                continue
            if priorities and consent.priority not in priorities:
                continue
            preferences_by_channel.setdefault(consent.channel, []).append(
                _preference_answer(consent)
            )
        answer = {
            "user_id": str(heading.customer_id),
            "mobile": heading.identifiers.get("mobile"),
            "email": heading.identifiers.get("email"),
            "external_id": heading.identifiers.get("externalId"),
            "channel": [
                {"name": name, "priority": preferences}
                for name, preferences in preferences_by_channel.items()
            ],
        }
        return self.build_success_row(
            add_survivor(match, ItemResult(answer, "done.subscriptions.retrieved"))
        )

    # --- Writing ------------------------------------------------------------------------

    def _subscribe(self, item: Item) -> ItemResult:
        customer = find_item_customer(self, item)
        check_module(item.get("scope"))
        raw_status = (read_text(item.get("is_subscribed")) or "").lower()
        if raw_status not in STATUSES:
            raise errors.SubscriptionStatusInvalid(status=raw_status)
        [consent] = subscribe(
            origin=self.origin,
            customer_id=customer.customer_id,
            changes=[
                SubscriptionChangeIn(
                    channel=item.get("channel"),
                    priority=item.get("priority"),
                    status=STATUSES[raw_status],
                )
            ],
        )
        return ItemResult(
            {
                "user_id": str(customer.customer_id),
                **echo_identifiers(item),
                "channel": consent.channel,
                "priority": consent.priority,
                "scope": ALL,
                "is_subscribed": "1" if consent.status == OPTIN else "0",
            },
            "done.subscriptions.updated",
            build_merge_notices(customer),
        )


def _get_refusal(match: CustomerMatch | DomainError) -> DomainError:
    """Return the refusal. A matched customer may have been merged before the read."""
    if isinstance(match, DomainError):
        return match
    return errors.CustomerUnknown(customer_id=match.customer_id)


def _preference_answer(consent: Consent) -> dict[str, str]:
    is_in = consent.status == OPTIN
    preference = ("SUBSCRIBED" if is_in else "UNSUBSCRIBED") if consent.was_set else "NOT_SET"
    return {
        "name": consent.priority,
        "subscribed": ALL if is_in else "NONE",
        "user_preference": preference,
    }


def _echo_item(item: Item) -> Mapping[str, Any]:
    return {
        **echo_identifiers(item),
        **{name: read_text(item.get(name)) for name in ECHOED_KEYS if name in item},
    }
