"""Read consent from the channels of a registration."""

from collections.abc import Mapping
from typing import Any

from customers.operations.subscriptions.change import SubscriptionChangeIn
from customers.queries.source_accounts import Account
from customers.rules.identifiers import canonical_channel
from customers.rules.subscriptions import choose_stricter_status

# A push token does not tell the system of the app, so mobilePush has no channel here.
SUBSCRIBABLE = {
    "mobile": "SMS",
    "email": "EMAIL",
    "wechat": "WECHAT",
    "whatsapp": "WHATSAPP",
    "ios": "IOS",
    "android": "ANDROID",
    "line": "LINE",
}


def read_consents(profile: Mapping[str, Any], account: Account) -> list[SubscriptionChangeIn]:
    """Return the consent to bulk messages that ``subscribed`` sets in the profile's source account.

    Consent belongs to a channel, not to an address. If two addresses differ, the stricter value
    counts.
    """
    status_by_channel: dict[str, str] = {}
    for row in profile.get("commChannels") or ():
        channel = SUBSCRIBABLE.get(canonical_channel(row["type"]) or "")
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
