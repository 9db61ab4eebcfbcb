"""What a registration's channels say about consent."""

from collections.abc import Mapping
from typing import Any

from customers.operations.subscriptions.change import SubscriptionChangeIn
from customers.queries.source_accounts import Account
from customers.rules.consent import choose_stricter_status
from customers.rules.identifiers import canonical_channel

# A token for pushes says nothing of the app's system, so mobilePush stands for no channel here.
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
    """Return what ``subscribed`` says of bulk messages in the profile's source account.

    Consent is for a channel, not for an address: of two addresses the stricter word holds.
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
