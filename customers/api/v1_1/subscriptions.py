"""Subscriptions of customers (v1.1, "Update / Retrieve Subscription Details")."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, echo_texts, read_text
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_merge_notices,
    build_rows,
    echo_identifiers,
    find_item_customer,
    find_requested_customers,
    list_match_headings,
    list_match_ids,
)
from customers.api.v1_1.subscriptions_shapes import (
    SUBSCRIBE_REQUEST,
    SUBSCRIBE_RESPONSE,
    SUBSCRIPTIONS_RESPONSE,
    ChannelConsents,
    SubscribedOut,
    SubscriptionIn,
    SubscriptionsOut,
)
from customers.operations.subscriptions.change import subscribe
from customers.queries.customers.by_identifiers import CustomerMatch
from customers.queries.customers.headings import Heading
from customers.queries.subscriptions import list_subscriptions_by_customer
from customers.rules.subscriptions import (
    ALWAYS_EMBEDDED,
    Consent,
    check_module,
    read_channel,
    read_priority,
)

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
        headings = list_match_headings(self.org.pk, matches)
        consents = list_subscriptions_by_customer(
            org_id=self.org.pk,
            customer_ids=list_match_ids(matches),
            always=channels or ALWAYS_EMBEDDED,
        )
        rows = build_rows(
            self,
            [(lookup, _check_heading(match, headings)) for lookup, match in matches],
            lambda match: ItemResult(
                SubscriptionsOut.build(
                    headings[match.customer_id],
                    channels=_group_by_channel(consents[match.customer_id], channels, priorities),
                ),
                "done.subscriptions.retrieved",
            ),
        )
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

    # --- Writing ------------------------------------------------------------------------

    def _subscribe(self, item: Item) -> ItemResult:
        customer = find_item_customer(self, item)
        [consent] = subscribe(
            origin=self.origin,
            customer_id=customer.customer_id,
            changes=[SubscriptionIn.read_change(item)],
        )
        return ItemResult(
            {
                "user_id": str(customer.customer_id),
                **echo_identifiers(item),
                **SubscribedOut.build(consent),
            },
            "done.subscriptions.updated",
            build_merge_notices(customer),
        )


def _check_heading(
    match: CustomerMatch | DomainError, headings: Mapping[int, Heading]
) -> CustomerMatch | DomainError:
    """Return the refusal if a matched customer was merged before the read."""
    if isinstance(match, DomainError) or match.customer_id in headings:
        return match
    return errors.CustomerUnknown(customer_id=match.customer_id)


def _group_by_channel(
    consents: Iterable[Consent], channels: Sequence[str], priorities: Sequence[str]
) -> list[ChannelConsents]:
    """Return the consents for whole sources by channel; without names, all of them."""
    groups: dict[str, ChannelConsents] = {}
    for consent in consents:
        if consent.source is not None:
            continue
        if channels and consent.channel not in channels:
            continue
        if priorities and consent.priority not in priorities:
            continue
        group = groups.setdefault(consent.channel, ChannelConsents(consent.channel))
        group.consents.append(consent)
    return list(groups.values())


def _echo_item(item: Item) -> Mapping[str, Any]:
    return {**echo_identifiers(item), **echo_texts(item, ECHOED_KEYS)}
