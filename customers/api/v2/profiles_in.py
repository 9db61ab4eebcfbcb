"""Profiles, identifiers and channels as the bodies of several operations carry them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.dialects.v2.reading import Id
from customers.api.v2.cards_in import parted
from customers.api.v2.fields_in import IdentifierValue, SmallObject, Text, Values, listed
from customers.rules.registration import Channel, ProfileEntry

MOST_PROFILES = 20
MOST_IDENTIFIERS = 100
MOST_CHANNELS = 100


class IdentifierIn(serializers.Serializer):
    type = serializers.CharField(max_length=50, help_text="In any case; `card` is `cardnumber`.")
    value = IdentifierValue()
    seriesId = Id(required=False, allow_null=True, help_text="Of a card to be issued.")
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
    identifiers = listed(IdentifierIn(), MOST_IDENTIFIERS)
    commChannels = listed(ChannelIn(), MOST_CHANNELS)
    source = Text(help_text="The query's, where it names one.")  # type: ignore[assignment]
    accountId = Text(help_text="For sources that have several accounts.")


class NewProfileIn(ProfileIn):
    commChannels = listed(NewChannelIn(), MOST_CHANNELS)


def profile_entry(said: Mapping[str, Any], source_account_id: int) -> ProfileEntry:
    """Hand a profile on in the domain's words."""
    others, cards = parted(said.get("identifiers"))
    return ProfileEntry(
        source_account_id=source_account_id,
        first_name=said.get("firstName"),
        last_name=said.get("lastName"),
        fields=said.get("fields") or {},
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
            for row in said.get("commChannels") or ()
        ],
    )
