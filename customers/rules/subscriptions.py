"""Subscription channels and statuses, and the summary of consent (operations 15 and 16)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm.kernel.ids import LARGEST_ID
from customers import errors
from customers.rules.text import sanitize

OPTIN, OPTOUT = "OPTIN", "OPTOUT"
ALL = "ALL"
NONE = -1  # how the reference writes "no campaign" and "no message"
PRIORITIES = ("TRANS", "BULK")
# What v1.1 calls scopes. A scope without consent of its own follows the general one.
GENERAL, POINTS, COUPONS = "GENERAL", "POINTS", "COUPONS"
SCOPES = (GENERAL, POINTS, COUPONS)
# The reference filters by these channels, which nobody can opt in to or out of.
UNUSED_CHANNELS = ("SOCIAL", "REMINDER_TEXT", "RE_ISSUAL_TEXT", "CLIENT")
CHANNELS = ("EMAIL", "SMS", "ANDROID", "IOS", "WECHAT", "WHATSAPP", "LINE")

# The reference shows these even if they were never set.
ALWAYS_SHOWN = ("EMAIL", "SMS")
ALWAYS_EMBEDDED = ("EMAIL", "SMS", "ANDROID", "IOS")

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
_SPELLINGS: Mapping[str, str] = {**{name: name for name in CHANNELS}, "MOBILE": "SMS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The consent for one channel and priority.

    Without a source it is the summary over all accounts. If ``was_set`` is False it was never
    set: the API shows OPTIN, and staff see "not set". ``scope`` blank: the general consent.
    """

    channel: str
    priority: str
    status: str
    was_set: bool = True
    source: str | None = None
    account_id: str | None = None
    org_unit_id: int | None = None
    scope: str = ""


def read_channel(raw: object) -> str:
    """Return the channel of this name, in any case; MOBILE is SMS."""
    channel = _SPELLINGS.get(_normalise_word(raw))
    if channel is None:
        raise errors.SubscriptionChannelInvalid(channel=_quote(raw))
    return channel


def read_priority(raw: object) -> str:
    """Return TRANS or BULK, in any case."""
    priority = _normalise_word(raw)
    if priority not in PRIORITIES:
        raise errors.SubscriptionPriorityInvalid(priority=_quote(raw))
    return priority


def read_status(raw: object) -> str:
    """Return OPTIN or OPTOUT, in any case."""
    status = _normalise_word(raw)
    if status not in (OPTIN, OPTOUT):
        raise errors.SubscriptionStatusInvalid(status=_quote(raw))
    return status


def read_campaign_id(raw: object) -> int:
    """Return the id of the campaign that asked for consent; None and -1 are none.

    Raises:
        CampaignIdInvalid: it is no whole number from -1 on, or too large to be kept.
    """
    number = _read_whole_number(raw)
    if number is None:
        raise errors.CampaignIdInvalid()
    return number


def read_communication_id(raw: object) -> int:
    """Return the id of the message that asked for consent; None and -1 are none.

    Raises:
        CommunicationIdInvalid: it is no whole number from -1 on, or too large to be kept.
    """
    number = _read_whole_number(raw)
    if number is None:
        raise errors.CommunicationIdInvalid()
    return number


def check_scope(scope: object, sub_scope: object) -> None:
    """Accept the only scope, USER with sub-scope NONE, or no scope.

    Raises:
        SubscriptionScopesSeveral: more than one is named, as a list or by commas.
        SubscriptionScopeInvalid: it is another scope.
    """
    for raw, only in ((scope, "USER"), (sub_scope, "NONE")):
        names = _split_names(raw)
        if len(names) > 1:
            raise errors.SubscriptionScopesSeveral()
        if names and _normalise_word(names[0]) != only:
            raise errors.SubscriptionScopeInvalid(scope=_quote(names[0]))


def read_scopes(raw: object) -> tuple[str, ...]:
    """Return the scopes that are named, in any case, as a list or by commas; empty: all of them.

    Raises:
        SubscriptionScopeInvalid: one is not known.
    """
    names = [name for name in _split_names(raw) if not isinstance(name, str) or name.strip()]
    words = {_normalise_word(name): name for name in names}
    for word, name in words.items():
        if word not in (ALL, *SCOPES):
            raise errors.SubscriptionScopeInvalid(scope=_quote(name))
    if ALL in words or words.keys() == set(SCOPES):
        return ()
    return tuple(scope for scope in SCOPES if scope in words)


@dataclass(frozen=True, slots=True)
class ScopedPreference:
    """What a customer wants of the scopes asked for: those opted in, and the word for all."""

    opted_in: tuple[str, ...]
    is_in_all: bool
    status: str
    was_set: bool


def apply_scopes(
    general: Consent, own: Mapping[str, str], scopes: Sequence[str]
) -> ScopedPreference:
    """Return the preference for these scopes, or for all without any.

    ``own`` are the statuses of scopes with consent of their own. For all scopes the status is the
    general one; for some, the strictest of theirs.
    """
    statuses = {scope: own.get(scope, general.status) for scope in scopes or SCOPES}
    opted_in = tuple(scope for scope, status in statuses.items() if status == OPTIN)
    is_in_all = len(opted_in) == len(statuses)
    if not scopes:
        return ScopedPreference(opted_in, is_in_all, general.status, general.was_set)
    was_set = general.was_set or any(scope in own for scope in scopes)
    return ScopedPreference(opted_in, is_in_all, OPTIN if is_in_all else OPTOUT, was_set)


def summarise(
    consents: Sequence[Consent], *, always: Iterable[str] = ALWAYS_SHOWN
) -> list[Consent]:
    """Return a summary row per priority and channel, then the rows of each account and unit.

    If any row is opted out, the summary is OPTOUT. If there is no row, the summary is OPTIN, for
    the channels in ``always`` only. The order is the reference's: TRANS first, then BULK.
    """
    statuses: dict[tuple[str, str], str] = {}
    for row in consents:
        key = row.channel, row.priority
        statuses[key] = choose_stricter_status(statuses.get(key, OPTIN), row.status)
    shown_always = set(always)
    rows = [
        Consent(
            channel=channel,
            priority=priority,
            status=statuses.get((channel, priority), OPTIN),
            was_set=(channel, priority) in statuses,
        )
        for priority in PRIORITIES
        for channel in CHANNELS
        if channel in shown_always or (channel, priority) in statuses
    ]
    return rows + sorted(consents, key=_get_sort_key)


def _read_whole_number(raw: object) -> int | None:
    if raw is None:
        return NONE
    if isinstance(raw, str) and _WHOLE_NUMBER.fullmatch(raw.strip()):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        return None
    return raw if NONE <= raw <= LARGEST_ID else None


def _get_sort_key(row: Consent) -> tuple[int, int, str, str, int]:
    return (
        PRIORITIES.index(row.priority),
        CHANNELS.index(row.channel),
        row.source or "",
        row.account_id or "",
        row.org_unit_id or 0,
    )


def _split_names(raw: object) -> list[object]:
    if raw is None or raw == "":
        return []
    if isinstance(raw, str):
        return list(raw.split(","))
    return list(raw) if isinstance(raw, list) else [raw]


def _quote(raw: object) -> str:
    return sanitize(raw) if isinstance(raw, str) else ""


def _normalise_word(raw: object) -> str:
    return raw.strip().upper() if isinstance(raw, str) else ""


def choose_stricter_status(first: str, second: str) -> str:
    """Return OPTOUT if either status is OPTOUT."""
    return "OPTOUT" if "OPTOUT" in (first, second) else "OPTIN"
