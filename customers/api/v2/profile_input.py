"""Profiles, identifiers and channels as the bodies of several operations carry them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.dialects.v2.serializer_fields import IdField
from customers.api.v2.card_input import split_cards
from customers.api.v2.field_types import IdentifierValue, SmallObject, Text, Values, bounded_list
from customers.rules.registration import Channel, ProfileEntry

MAX_PROFILES = 20
MAX_IDENTIFIERS = 100
MAX_CHANNELS = 100


class IdentifierIn(serializers.Serializer):
    type = serializers.CharField(max_length=50, help_text="In any case; `card` is `cardnumber`.")
    value = IdentifierValue()
    seriesId = IdField(required=False, allow_null=True, help_text="Of a card to be issued.")
    seriesCode = Text(help_text="Of a card to be issued, instead of seriesId.")
    statusLabel = Text(help_text="The label that a card gets.")
    cardExternalId = Text(help_text="Another name for the card.")
    customFields = Values(help_text="Custom fields of the card.")
    extendedFields = Values(help_text="Extended fields of the card.")


class ChannelIn(serializers.Serializer):
    type = serializers.CharField(max_length=50)
    value = IdentifierValue()
    primary = serializers.BooleanField(required=False, allow_null=True, default=None)
    verified = serializers.BooleanField(required=False, allow_null=True, default=None)
    meta = SmallObject(help_text="Kept as it comes, such as `lastViewedDate` of an app.")
    attributes = SmallObject()


class NewChannelIn(ChannelIn):
    subscribed = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Whether bulk messages may come by this channel; not said: not set.",
    )


class ProfileIn(serializers.Serializer):
    firstName = Text()
    lastName = Text()
    fields = Values(help_text="Custom fields by name.")  # type: ignore[assignment]
    identifiers = bounded_list(IdentifierIn(), MAX_IDENTIFIERS)
    commChannels = bounded_list(ChannelIn(), MAX_CHANNELS)
    source = Text(help_text="The query's, where it names one.")  # type: ignore[assignment]
    accountId = Text(help_text="For sources that have several accounts.")


class NewProfileIn(ProfileIn):
    commChannels = bounded_list(NewChannelIn(), MAX_CHANNELS)


def build_profile_entry(data: Mapping[str, Any], source_account_id: int) -> ProfileEntry:
    """Hand a profile on in the domain's words."""
    others, cards = split_cards(data.get("identifiers"))
    return ProfileEntry(
        source_account_id=source_account_id,
        first_name=data.get("firstName"),
        last_name=data.get("lastName"),
        fields=data.get("fields") or {},
        identifiers=[(row["type"], row["value"]) for row in others],
        cards=[(row["type"], row["value"]) for row in cards],
        channels=[
            Channel(
                type=row["type"],
                value=row["value"],
                is_primary=row["primary"],
                is_verified=row["verified"],
                meta=row.get("meta"),
                attributes=row.get("attributes"),
            )
            for row in data.get("commChannels") or ()
        ],
    )
