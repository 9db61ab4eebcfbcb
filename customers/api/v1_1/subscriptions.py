"""Subscriptions of customers (v1.1, "Update / Retrieve Subscription Details")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    ChannelPreferences,
    PriorityPreference,
    SubscribedOut,
    SubscriptionIn,
    SubscriptionsOut,
    format_scopes,
)
from customers.operations.subscriptions.change import subscribe
from customers.queries.customers.by_identifiers import CustomerMatch
from customers.queries.customers.headings import Heading
from customers.queries.subscriptions import (
    list_scoped_statuses,
    list_subscriptions_by_customer,
)
from customers.rules.subscriptions import (
    ALWAYS_EMBEDDED,
    OPTIN,
    UNUSED_CHANNELS,
    Consent,
    apply_scopes,
    read_channel,
    read_priority,
    read_scopes,
)

ECHOED_KEYS = ("channel", "priority", "scope", "is_subscribed")
WORDING = {
    "customers.identifier_missing": "customers.identifier_missing.subscriptions",
    "customers.identifier_invalid": "customers.identifier_missing.subscriptions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filters:
    """What of the subscriptions is asked for; an empty list is everything."""

    channels: Sequence[str]
    priorities: Sequence[str]
    scopes: Sequence[str]
    is_empty: bool

    def has(self, channel: str, priority: str) -> bool:
        return channel in (self.channels or [channel]) and (
            priority in (self.priorities or [priority])
        )


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
        ],
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.SubscriptionChannelInvalid,
            errors.SubscriptionPriorityInvalid,
            errors.SubscriptionScopeInvalid,
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
            OpenApiParameter(
                "scope",
                str,
                description="`ALL` (the default), or some of `GENERAL`, `POINTS` and `COUPONS`.",
            ),
        ],
        responses=SUBSCRIPTIONS_RESPONSE,
        examples=load_examples(__file__, "subscriptions"),
    )
    def get(self, request: Request) -> Response:
        """List the subscriptions of customers by channel and priority.

        `user_preference` is `UNSUBSCRIBED` if any source account or unit is opted out, and
        `NOT_SET` if nothing was ever set. With `scope` it is that of these scopes together, where
        one without consent of its own follows the general one. `subscribed` are the scopes that the
        customer is opted in to: `ALL`, `NONE`, or some. EMAIL, SMS, ANDROID and IOS are always
        listed, other channels only if set. The channels SOCIAL, REMINDER_TEXT, RE_ISSUAL_TEXT and
        CLIENT give an empty list: nobody opts in to them here.
        """
        matches = find_requested_customers(self)
        try:
            filters = self._read_filters()
        except DomainError as refusal:
            rows = [self.build_refusal_row(refusal, lookup.echo) for lookup, _ in matches]
            return Response(build_list_response("subscriptions", "subscription", rows))
        headings = list_match_headings(self.org.pk, matches)
        consents = list_subscriptions_by_customer(
            org_id=self.org.pk,
            customer_ids=list_match_ids(matches),
            always=filters.channels or ALWAYS_EMBEDDED,
        )
        scoped = list_scoped_statuses(org_id=self.org.pk, customer_ids=consents)
        rows = build_rows(
            self,
            [(lookup, _check_heading(match, headings)) for lookup, match in matches],
            lambda match: ItemResult(
                SubscriptionsOut.build(
                    headings[match.customer_id],
                    channels=_group_by_channel(
                        consents[match.customer_id], scoped[match.customer_id], filters
                    ),
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

        Items succeed or fail separately. `is_subscribed` is `1` or `0`. `scope` names what the
        messages are about: `POINTS` and `COUPONS` have consent of their own from then on, and
        `GENERAL` is for all others. `ALL`, the default, is for every message, so that consent of
        their own changes as well. Another scope fails with 1103.
        """
        rows = self.write_each(self.items("subscription"), self._subscribe, _echo_item)
        return Response(build_list_response("subscriptions", "subscription", rows))

    # --- Reading ------------------------------------------------------------------------

    def _read_filters(self) -> _Filters:
        query = self.request.query_params
        scopes = read_scopes(query.get("scope"))
        channel, priority = read_text(query.get("channel")), read_text(query.get("priority"))
        is_unused = (channel or "").upper() in UNUSED_CHANNELS
        return _Filters(
            channels=[read_channel(channel)] if channel and not is_unused else [],
            priorities=[read_priority(priority)] if priority else [],
            scopes=scopes,
            is_empty=is_unused,
        )

    # --- Writing ------------------------------------------------------------------------

    def _subscribe(self, item: Item) -> ItemResult:
        customer = find_item_customer(self, item)
        change = SubscriptionIn.read_change(item)
        consent, *_ = subscribe(
            origin=self.origin, customer_id=customer.customer_id, changes=[change]
        )
        return ItemResult(
            {
                "user_id": str(customer.customer_id),
                **echo_identifiers(item),
                **SubscribedOut.build(consent, scope=format_scopes(change.scopes)),
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
    consents: Iterable[Consent],
    scoped: Mapping[tuple[str, str], Mapping[str, str]],
    filters: _Filters,
) -> list[ChannelPreferences]:
    """Return the consents for whole sources by channel, with those of scopes."""
    if filters.is_empty:
        return []
    general = {(row.channel, row.priority): row for row in consents if row.source is None}
    for channel, priority in scoped:
        # Not set in general, but for a scope.
        unset = Consent(channel=channel, priority=priority, status=OPTIN, was_set=False)
        general.setdefault((channel, priority), unset)
    groups: dict[str, ChannelPreferences] = {}
    for (channel, priority), consent in general.items():
        if filters.has(channel, priority):
            preference = apply_scopes(consent, scoped.get((channel, priority), {}), filters.scopes)
            group = groups.setdefault(channel, ChannelPreferences(channel))
            group.priorities.append(PriorityPreference(priority, preference))
    return list(groups.values())


def _echo_item(item: Item) -> Mapping[str, Any]:
    return {**echo_identifiers(item), **echo_texts(item, ECHOED_KEYS)}
