"""Bodies and answers of `customer/subscriptions` in v1.1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, argument, computed
from crm.dialects.v1_1.answer_fields import optional_text
from crm.dialects.v1_1.batch_items import read_string
from crm.dialects.v1_1.body_schema import describe_answer, describe_body
from crm.dialects.v1_1.item_shapes import keep, read_by
from customers import errors
from customers.api.v1_1.customer_shapes import CustomerLookupIn, CustomerLookupOut, IdentifiersOut
from customers.operations.subscriptions.change import SubscriptionChangeIn
from customers.rules.subscriptions import (
    ALL,
    OPTIN,
    OPTOUT,
    SCOPES,
    Consent,
    ScopedPreference,
    read_scopes,
)

STATUSES = {"1": OPTIN, "true": OPTIN, "0": OPTOUT, "false": OPTOUT}


# --- In ---------------------------------------------------------------------------------


def read_status(raw: Any) -> str:
    text = read_string(raw).lower()
    if text not in STATUSES:
        raise errors.SubscriptionStatusInvalid(status=text)
    return STATUSES[text]


class SubscriptionIn(CustomerLookupIn):
    scope = read_by(
        serializers.CharField(
            required=False,
            source="scopes",
            help_text="`ALL` (the default), or some of `GENERAL`, `POINTS` and `COUPONS`, "
            "separated by commas.",
        ),
        read_scopes,
    )
    is_subscribed = read_by(
        serializers.CharField(source="status", help_text="`1` or `0`."), read_status
    )
    channel = read_by(serializers.CharField(help_text="Such as `SMS` or `EMAIL`."), keep)
    priority = read_by(serializers.CharField(help_text="`TRANS` or `BULK`."), keep)

    @classmethod
    def read_change(cls, item: Mapping[str, Any]) -> SubscriptionChangeIn:
        return SubscriptionChangeIn(**cls.read(item))


# --- Out --------------------------------------------------------------------------------


@dataclass(slots=True)
class PriorityPreference:
    """What a customer wants of one priority."""

    priority: str
    preference: ScopedPreference


@dataclass(slots=True)
class ChannelPreferences:
    """What a customer wants of one channel, by priority."""

    name: str
    priorities: list[PriorityPreference] = field(default_factory=list)


def format_scopes(scopes: Sequence[str]) -> str:
    """Return scopes as one text; all of them are ``ALL``."""
    return ",".join(scopes) or ALL


def _is_in(consent: Consent) -> bool:
    return bool(consent.status == OPTIN)


def _format_subscribed(preference: ScopedPreference) -> str:
    if len(preference.opted_in) == len(SCOPES):
        return ALL
    return ",".join(preference.opted_in) or "NONE"


def _format_preference(preference: ScopedPreference) -> str:
    if not preference.was_set:
        return "NOT_SET"
    return "SUBSCRIBED" if preference.status == OPTIN else "UNSUBSCRIBED"


class SubscribedOut(Shape):
    channel = serializers.CharField()
    priority = serializers.CharField()
    scope = argument(serializers.CharField(), "scope")
    is_subscribed = computed(
        serializers.CharField(), lambda consent: "1" if _is_in(consent) else "0"
    )


class SubscribeEcho(CustomerLookupOut):
    channel = optional_text()
    priority = optional_text()
    scope = optional_text()
    is_subscribed = optional_text()


class PreferenceOut(Shape):
    name = serializers.ChoiceField(["TRANS", "BULK"], source="priority")
    subscribed = computed(
        serializers.CharField(
            source="preference", help_text="`ALL`, `NONE`, or the scopes, separated by commas."
        ),
        _format_subscribed,
    )
    user_preference = computed(
        serializers.ChoiceField(["SUBSCRIBED", "UNSUBSCRIBED", "NOT_SET"], source="preference"),
        _format_preference,
    )


class ChannelOut(Shape):
    name = serializers.CharField()
    priority = PreferenceOut(many=True, source="priorities")


class SubscriptionsOut(IdentifiersOut):
    channel = argument(ChannelOut(many=True, source="*"), "channels")


SUBSCRIBE_REQUEST = describe_body("Subscribe", "subscription", SubscriptionIn)
SUBSCRIBE_RESPONSE = describe_answer(
    "Subscribed", "subscriptions", "subscription", SubscribedOut, SubscribeEcho
)
SUBSCRIPTIONS_RESPONSE = describe_answer(
    "Subscriptions", "subscriptions", "subscription", SubscriptionsOut, CustomerLookupOut
)
