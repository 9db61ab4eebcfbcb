"""Referrals: when a campaign runs, who can be invited, and who referred whom."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from crm.kernel.text import unify
from customers.rules.identifiers import Key, normalise_identifier
from customers.rules.text import fold_name, is_writable
from loyalty import errors

MAX_INVITEES = 100  # at once
MAX_NAME_LENGTH = 100
MAX_TOKEN_LENGTH = 50
# The clocks of tills differ, and time zones in the east are ahead.
MAX_CLOCK_SKEW = timedelta(days=1)
# Without characters that people confuse; in lower case, as in the API documents.
ALPHABET = "23456789abcdefghjkmnpqrstwxyz"
CODE_LENGTH = 10  # some 48 bits
MAX_CODE_LENGTH = 20
# Invitation types on the wire, and the identifier type that each one stands for.
IDENTIFIER_TYPES: Mapping[str, str] = {"MOBILE": "mobile", "EMAIL": "email"}


class CampaignRules(NamedTuple):
    """The rules of a referral campaign."""

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
        """Whether the campaign accepts invitations and referrals at this moment."""
        day = moment.astimezone(zone).date()
        return (
            self.is_active
            and (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
        )

    def get_incentive_series_id(self, event: str) -> int | None:
        """Return the series of the coupon that the referrer gets for this event, or None."""
        return (
            self.registration_series_id if event == "REGISTRATION" else self.transaction_series_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """A person to be invited, as the caller gives them; without ``invited_at``, invited now."""

    type: str
    identifier: object
    name: str = ""
    invited_at: datetime | None = None


class ReferralClaim(NamedTuple):
    """A possible referrer of a customer; certain if by code, or if they referred them before."""

    campaign_id: int
    referrer_id: int
    invitation_id: int | None
    invited_at: datetime
    is_certain: bool = False


class CampaignReferrer(NamedTuple):
    """The referrer of a customer in one campaign."""

    campaign_id: int
    referrer_id: int
    invitation_id: int | None


def find_campaign(campaigns: Collection[CampaignRules], token: str) -> CampaignRules:
    """Return the campaign with this token, in any case; the default campaign for a blank token.

    Raises:
        CampaignUnknown: the organization has no campaign with this token.
        CampaignNotRunning: the token is blank, and there is no default campaign.
    """
    folded_token = fold_name(token)
    if not folded_token:
        campaign = next((candidate for candidate in campaigns if candidate.is_default), None)
        if campaign is None:
            raise errors.CampaignNotRunning()
        return campaign
    campaign = next(
        (candidate for candidate in campaigns if fold_name(candidate.token) == folded_token), None
    )
    if campaign is None:
        raise errors.CampaignUnknown()
    return campaign


def read_invitee(
    invitee: Invitee, *, now: datetime, default_country: str, strict_mobile: bool
) -> tuple[Key, str, datetime]:
    """Return an invitee's identifier key, name and time of the invitation.

    Raises:
        ReferralTypeUnsupported: only mobiles and emails can be invited.
        InviteeInvalid: the mobile or email cannot be read, the name cannot be stored, or the
            invitation lies in the future (fact: ``identifier``).
    """
    type_ = IDENTIFIER_TYPES.get(invitee.type.strip().upper())
    if type_ is None:
        raise errors.ReferralTypeUnsupported()
    value = normalise_identifier(
        type_, invitee.identifier, default_country=default_country, strict_mobile=strict_mobile
    )
    name = " ".join(invitee.name.split())
    invited_at = invitee.invited_at or now
    if (
        value is None
        or len(name) > MAX_NAME_LENGTH
        or not is_writable(name)
        or invited_at > now + MAX_CLOCK_SKEW
    ):
        raise errors.InviteeInvalid(identifier=invitee.identifier)
    return (type_, value), name, invited_at


def choose_referrers(
    claims: Iterable[ReferralClaim],
    *,
    campaigns: Mapping[int, CampaignRules],
    joined_at: datetime,
    zone: tzinfo,
) -> list[CampaignReferrer]:
    """Choose one referrer of a customer in each running campaign: the earliest claim.

    A referral code, or an earlier referral, comes before any invitation. An invitation counts only
    if the customer came after it.
    """
    first_claims: dict[int, ReferralClaim] = {}
    for claim in sorted(
        claims, key=lambda c: (not c.is_certain, c.invited_at, c.invitation_id or 0)
    ):
        campaign = campaigns.get(claim.campaign_id)
        if campaign is None or not campaign.runs_at(joined_at, zone):
            continue
        if claim.is_certain or claim.invited_at <= joined_at:
            first_claims.setdefault(claim.campaign_id, claim)
    return [CampaignReferrer(*claim[:3]) for _, claim in sorted(first_claims.items())]


def draw_referral_code() -> str:
    """Draw a code from a secure random source."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def clean_referral_code(raw: str) -> str:
    """Return a code in its stored form; blank if it cannot be a code."""
    text = unify(unify(raw).strip().lower())
    return text if 0 < len(text) <= MAX_CODE_LENGTH and text.isprintable() else ""
