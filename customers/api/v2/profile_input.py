"""Read profiles from v2 bodies: identifiers, cards, channels and consent."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from crm.dialects.v2.serializer_fields import IdField
from customers import errors as customer_errors
from customers.api.v2.field_types import IdentifierValue, SmallObject, Text, Values, bounded_list
from customers.operations.subscriptions.change import SubscriptionChangeIn
from customers.queries.source_accounts import Account
from customers.rules.identifiers import CARD_TYPES, Channel, canonical_type
from customers.rules.registration import ProfileEntry
from customers.rules.subscriptions import choose_stricter_status
from loyalty import errors
from loyalty.operations.cards.delink import DelinkRequest
from loyalty.operations.cards.issue import CardIssueRequest

Row = Mapping[str, Any]

MAX_PROFILES = 20
MAX_IDENTIFIERS = 100
MAX_CHANNELS = 100

# Why a card among the identifiers is not issued.
CARD_ISSUE_REFUSALS = (
    customer_errors.StatusBlocksCards,
    errors.CardForNonLoyalty,
    errors.CardUnknown,
    errors.CardSeriesUnknown,
    errors.CardSeriesInactive,
    errors.CardOfOtherSeries,
    errors.CardTaken,
    errors.CardTransitionRefused,
    errors.CardLimitReached,
    errors.CardExternalRefused,
    errors.CardExternalIdTaken,
    errors.CardGenerationDisabled,
    errors.CardNumberInvalid,
    errors.CardExternalIdInvalid,
)

# By the channel's type in lower case. A push token does not tell the system of the app, so
# mobilePush has no channel here.
SUBSCRIBABLE = {
    "mobile": "SMS",
    "email": "EMAIL",
    "wechat": "WECHAT",
    "whatsapp": "WHATSAPP",
    "ios": "IOS",
    "android": "ANDROID",
    "line": "LINE",
}


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


def build_profile_entry(data: Row, source_account_id: int) -> ProfileEntry:
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


def read_consents(profile: Row, account: Account) -> list[SubscriptionChangeIn]:
    """Return the consent to bulk messages that ``subscribed`` sets in the profile's source account.

    Consent belongs to a channel, not to an address. If two addresses differ, the stricter value
    counts.
    """
    status_by_channel: dict[str, str] = {}
    for row in profile.get("commChannels") or ():
        channel = SUBSCRIBABLE.get(row["type"].strip().lower())
        if channel is not None and row["subscribed"] is not None:
            status = "OPTIN" if row["subscribed"] else "OPTOUT"
            status_by_channel[channel] = choose_stricter_status(
                status_by_channel.get(channel, status), status
            )
    return [
        SubscriptionChangeIn(
            channel=channel,
            priority="BULK",
            status=status,
            source=account.source,
            account_id=account.account_id,
        )
        for channel, status in status_by_channel.items()
    ]


def split_cards(identifiers: Sequence[Row] | None) -> tuple[list[Row], list[Row]]:
    """Split identifiers into those of other types and cards."""
    others: list[Row] = []
    cards: list[Row] = []
    for row in identifiers or ():
        (cards if canonical_type(row["type"]) in CARD_TYPES else others).append(row)
    return others, cards


def build_card_issue(
    row: Row,
    customer_id: int,
    source_account_id: int,
    *,
    series_id: int | None = None,
    label: str | None = None,
) -> CardIssueRequest:
    """Return the issue of a card. ``series_id`` and ``label`` are defaults."""
    is_number = canonical_type(row["type"]) == "cardnumber"
    external_id = row.get("cardExternalId") if is_number else row["value"]
    return CardIssueRequest(
        customer_id=customer_id,
        source_account_id=source_account_id,
        number=str(row["value"]) if is_number else None,
        external_id=str(external_id) if external_id else None,
        series_id=row.get("seriesId") or (None if row.get("seriesCode") else series_id),
        series_code=row.get("seriesCode") or None,
        label=row.get("statusLabel") or label,
        custom_fields=row.get("customFields") or {},
        extended_fields=row.get("extendedFields") or {},
    )


def build_card_delink(row: Row) -> DelinkRequest:
    """Return the request to delink a card."""
    is_number = canonical_type(row["type"]) == "cardnumber"
    return DelinkRequest(
        number=str(row["value"]) if is_number else None,
        external_id=None if is_number else str(row["value"]),
    )
