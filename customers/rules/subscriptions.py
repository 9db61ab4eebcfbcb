"""What can be subscribed to, and what a customer's consent comes to (operations 15 and 16)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from customers import errors
from customers.rules.consent import stricter
from customers.rules.text import shown

OPTIN, OPTOUT = "OPTIN", "OPTOUT"
PRIORITIES = ("TRANS", "BULK")
CHANNELS = ("EMAIL", "SMS", "ANDROID", "IOS", "WECHAT", "WHATSAPP", "LINE")

# The reference shows these also where nothing was ever set.
ALWAYS_SHOWN = ("EMAIL", "SMS")
ALWAYS_EMBEDDED = ("EMAIL", "SMS", "ANDROID", "IOS")

_SPELLINGS: Mapping[str, str] = {**{name: name for name in CHANNELS}, "MOBILE": "SMS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What was said for one channel and priority.

    Without a source: the sum of all that was said for them. ``was_set`` False: nothing was, which
    integrators are told as OPTIN and staff as "not set".
    """

    channel: str
    priority: str
    status: str
    was_set: bool = True
    source: str | None = None
    account_id: str | None = None
    org_unit_id: int | None = None


def read_channel(raw: object) -> str:
    """Return the channel of this name, in any case; MOBILE is SMS."""
    channel = _SPELLINGS.get(_word(raw))
    if channel is None:
        raise errors.SubscriptionChannelInvalid(channel=_quoted(raw))
    return channel


def read_priority(raw: object) -> str:
    """Return TRANS or BULK, in any case."""
    priority = _word(raw)
    if priority not in PRIORITIES:
        raise errors.SubscriptionPriorityInvalid(priority=_quoted(raw))
    return priority


def read_status(raw: object) -> str:
    """Return OPTIN or OPTOUT, in any case."""
    status = _word(raw)
    if status not in (OPTIN, OPTOUT):
        raise errors.SubscriptionStatusInvalid(status=_quoted(raw))
    return status


def check_scope(scope: object, sub_scope: object) -> None:
    """Accept the one scope there is, USER with NONE below it, or nothing at all.

    Raises:
        SubscriptionScopesSeveral: more than one is named, as a list or by commas.
        SubscriptionScopeInvalid: it is another one.
    """
    for raw, only in ((scope, "USER"), (sub_scope, "NONE")):
        names = _names(raw)
        if len(names) > 1:
            raise errors.SubscriptionScopesSeveral()
        if names and _word(names[0]) != only:
            raise errors.SubscriptionScopeInvalid(scope=_quoted(names[0]))


def check_module(raw: object) -> None:
    """Accept ALL, v1.1's word for every module of messages, or nothing at all.

    Raises:
        SubscriptionScopesSeveral: more than one is named, as a list or by commas.
        SubscriptionScopeInvalid: it is another one; consent is not kept by module here.
    """
    names = {_word(name) for name in _names(raw)}
    if len(names) > 1:
        raise errors.SubscriptionScopesSeveral()
    if names - {"ALL"}:
        raise errors.SubscriptionScopeInvalid(scope=_quoted(raw))


def summarise(said: Sequence[Consent], *, always: Iterable[str] = ALWAYS_SHOWN) -> list[Consent]:
    """Return one row per priority and channel, then what was said for each account and unit.

    Opted out anywhere is opted out in the sum; where nothing was said the sum is OPTIN, for the
    channels in ``always`` only. The order is the reference's: TRANS before BULK, EMAIL, SMS, ...
    """
    sums: dict[tuple[str, str], str] = {}
    for row in said:
        place = row.channel, row.priority
        sums[place] = stricter(sums.get(place, OPTIN), row.status)
    shown_always = set(always)
    rows = [
        Consent(
            channel=channel,
            priority=priority,
            status=sums.get((channel, priority), OPTIN),
            was_set=(channel, priority) in sums,
        )
        for priority in PRIORITIES
        for channel in CHANNELS
        if channel in shown_always or (channel, priority) in sums
    ]
    return rows + sorted(said, key=_order)


def _order(row: Consent) -> tuple[int, int, str, str, int]:
    return (
        PRIORITIES.index(row.priority),
        CHANNELS.index(row.channel),
        row.source or "",
        row.account_id or "",
        row.org_unit_id or 0,
    )


def _names(raw: object) -> list[object]:
    if raw is None or raw == "":
        return []
    if isinstance(raw, str):
        return list(raw.split(","))
    return list(raw) if isinstance(raw, list) else [raw]


def _quoted(raw: object) -> str:
    return shown(raw) if isinstance(raw, str) else ""


def _word(raw: object) -> str:
    return raw.strip().upper() if isinstance(raw, str) else ""
