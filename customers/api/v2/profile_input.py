"""Read profiles, identifiers and channels from v2 bodies."""

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
    type = serializers.CharField(
        max_length=50, help_text="Case-insensitive; `card` means `cardnumber`."
    )
    value = IdentifierValue()
    seriesId = IdField(required=False, allow_null=True, help_text="The series of a card to issue.")
    seriesCode = Text(help_text="The series of a card to issue, instead of seriesId.")
    statusLabel = Text(help_text="The label of the card.")
    cardExternalId = Text(help_text="The external id of the card.")
    customFields = Values(help_text="Custom fields of the card.")
    extendedFields = Values(help_text="Extended fields of the card.")


class ChannelIn(serializers.Serializer):
    type = serializers.CharField(max_length=50)
    value = IdentifierValue()
    primary = serializers.BooleanField(required=False, allow_null=True, default=None)
    verified = serializers.BooleanField(required=False, allow_null=True, default=None)
    meta = SmallObject(help_text="Stored unchanged, such as `lastViewedDate` of an app.")
    attributes = SmallObject()


class NewChannelIn(ChannelIn):
    subscribed = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Consent to bulk messages by this channel; null leaves it unset.",
    )


class ProfileIn(serializers.Serializer):
    firstName = Text()
    lastName = Text()
    fields = Values(help_text="Custom fields by name.")  # type: ignore[assignment]
    identifiers = bounded_list(IdentifierIn(), MAX_IDENTIFIERS)
    commChannels = bounded_list(ChannelIn(), MAX_CHANNELS)
    source = Text(help_text="Default: the source of the query.")  # type: ignore[assignment]
    accountId = Text(help_text="For sources that have several accounts.")


class NewProfileIn(ProfileIn):
    commChannels = bounded_list(NewChannelIn(), MAX_CHANNELS)


def build_profile_entry(data: Mapping[str, Any], source_account_id: int) -> ProfileEntry:
    """Return the profile of a body as a `ProfileEntry`."""
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
