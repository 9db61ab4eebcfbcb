"""Referrals: when a campaign runs, whom one may invite, and who brought whom."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from customers.rules.identifiers import normalise_identifier
from customers.rules.picture import Key
from customers.rules.text import is_writable
from loyalty import referral_errors

MOST_INVITEES = 100  # at once
LONGEST_NAME = 100
LONGEST_TOKEN = 50
# Clocks of tills differ, and a day begins earlier in the east.
FARTHEST_AHEAD = timedelta(days=1)
# Without what people mistake for something else, in the small letters of the documents' codes.
ALPHABET = "23456789abcdefghjkmnpqrstwxyz"
CODE_LENGTH = 10  # some 48 bits
LONGEST_CODE = 20
# What the wire calls the ways to invite somebody, and what an identifier of that kind is called.
TYPES: Mapping[str, str] = {"MOBILE": "mobile", "EMAIL": "email"}


class CampaignRules(NamedTuple):
    """A campaign, as rules see it."""

    id: int
    token: str
    name: str
    first_day: date | None
    last_day: date | None
    registration_series_id: int | None
    transaction_series_id: int | None
    takes_customers: bool
    most_invitees: int | None
    is_default: bool
    is_active: bool

    def runs_at(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether it invites, and counts who comes, at this moment."""
        day = moment.astimezone(zone).date()
        return (
            self.is_active
            and (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
        )

    def incentive(self, event: str) -> int | None:
        """The coupon series of which the one who brought somebody gets one, if any."""
        return (
            self.registration_series_id if event == "REGISTRATION" else self.transaction_series_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """Somebody to be invited, as the caller says it; invited now unless a moment is said."""

    type: str
    identifier: object
    name: str = ""
    invited_at: datetime | None = None


class Claim(NamedTuple):
    """Somebody may have brought a customer; surely so by their code, or having done so before."""

    campaign_id: int
    referrer_id: int
    invitation_id: int | None
    invited_at: datetime
    is_sure: bool = False


class Brought(NamedTuple):
    """Who brought a customer in a campaign."""

    campaign_id: int
    referrer_id: int
    invitation_id: int | None


def find_campaign(campaigns: Collection[CampaignRules], token: str) -> CampaignRules:
    """Return the campaign of this token, in any case; the default one where none is said.

    Raises:
        CampaignUnknown: the organization has none of this token.
        CampaignNotRunning: none is said, and there is no default.
    """
    wanted = token.strip().casefold()
    if not wanted:
        found = next((one for one in campaigns if one.is_default), None)
        if found is None:
            raise referral_errors.CampaignNotRunning()
        return found
    found = next((one for one in campaigns if one.token.casefold() == wanted), None)
    if found is None:
        raise referral_errors.CampaignUnknown()
    return found


def read_invitee(
    invitee: Invitee, *, now: datetime, default_country: str, strict_mobile: bool
) -> tuple[Key, str, datetime]:
    """Return what an invitee is recognised by, their name, and when they were invited.

    Raises:
        ReferralTypeUnsupported: people are invited by mobile and by email only.
        InviteeInvalid: the mobile number or email address cannot be read, the name cannot be kept,
            or the invitation lies in the future (fact: ``identifier``).
    """
    type_ = TYPES.get(invitee.type.strip().upper())
    if type_ is None:
        raise referral_errors.ReferralTypeUnsupported()
    value = normalise_identifier(
        type_, invitee.identifier, default_country=default_country, strict_mobile=strict_mobile
    )
    name = " ".join(invitee.name.split())
    invited_at = invitee.invited_at or now
    if (
        value is None
        or len(name) > LONGEST_NAME
        or not is_writable(name)
        or invited_at > now + FARTHEST_AHEAD
    ):
        raise referral_errors.InviteeInvalid(identifier=invitee.identifier)
    return (type_, value), name, invited_at


def who_brought(
    claims: Iterable[Claim],
    *,
    campaigns: Mapping[int, CampaignRules],
    came_at: datetime,
    zone: tzinfo,
) -> list[Brought]:
    """Decide who brought somebody: in each running campaign the first who claims it.

    A code that was brought along, or whoever brought them before, comes before any invitation; an
    invitation counts for who came after it.
    """
    first: dict[int, Claim] = {}
    for claim in sorted(claims, key=lambda c: (not c.is_sure, c.invited_at, c.invitation_id or 0)):
        campaign = campaigns.get(claim.campaign_id)
        if campaign is None or not campaign.runs_at(came_at, zone):
            continue
        if claim.is_sure or claim.invited_at <= came_at:
            first.setdefault(claim.campaign_id, claim)
    return [Brought(*claim[:3]) for _, claim in sorted(first.items())]


def draw_referral_code() -> str:
    """Draw a code from a source that cannot be predicted."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def clean_referral_code(raw: str) -> str:
    """Return a code as it is stored, however it was typed; blank where it can be none."""
    text = raw.strip().lower()
    return text if 0 < len(text) <= LONGEST_CODE and text.isprintable() else ""
