"""The answers about referrals in v2."""

from datetime import datetime, tzinfo
from typing import Any

from customers.queries.customers.lines import CustomerLine
from loyalty.operations.referrals.invite import InvitationResult
from loyalty.queries.referrals.referrals import (
    CampaignReferrals,
    IncentiveLine,
    InviteeLine,
    RefereeLine,
)

Answer = dict[str, Any]


def added_answer(result: InvitationResult, referrer: CustomerLine, zone: tzinfo) -> Answer:
    """Return the answer to adding invitees for one customer; refused invitees are left out."""
    groups: dict[str, list[Answer]] = {}
    for outcome in result.outcomes:
        if outcome.refusal is None:
            groups.setdefault(outcome.type.upper(), []).append(
                {
                    "name": outcome.name,
                    "identifier": outcome.identifier,
                    "invitedOn": _format_clock(outcome.invited_at, zone),
                }
            )
    return {
        "customer": {
            "id": referrer.id,
            "mobile": referrer.mobile,
            "email": referrer.email,
            "externalId": referrer.external_id,
        },
        "campaignToken": result.campaign.token,
        "referralCode": result.code,
        "referrals": [{"type": type_, "referral": rows} for type_, rows in groups.items()],
    }


def referrals_answer(referrals: CampaignReferrals, zone: tzinfo) -> Answer:
    """Return the referrals of a customer in a campaign; here the lists are oldest first."""
    return {
        "campaignToken": referrals.campaign.token,
        "referralCode": referrals.code,
        "invitees": [_invitee_answer(line, zone) for line in reversed(referrals.invitees)],
        "referee": [_referee_answer(line, zone) for line in reversed(referrals.referees)],
        "incentives": [
            {
                "eventType": event,
                "coupons": [
                    _coupon_answer(line, zone)
                    for line in referrals.incentives
                    if line.event == event
                ],
            }
            for event in dict.fromkeys(line.event for line in referrals.incentives)
        ],
    }


def _invitee_answer(line: InviteeLine, zone: tzinfo) -> Answer:
    return {
        "type": line.type.upper(),
        "identifier": line.identifier,
        "name": line.name,
        "invitedOn": _format_moment(line.invited_at, zone),
        "till": {"code": line.till_code, "name": line.till_name},
        "success": line.has_joined,
    }


def _referee_answer(line: RefereeLine, zone: tzinfo) -> Answer:
    customer = line.customer
    identifiers = {
        "email": customer.email,
        "mobile": customer.mobile,
        "externalId": customer.external_id,
    }
    return {
        "eventType": line.event,
        "userId": customer.id,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        **{name: value for name, value in identifiers.items() if value},
        "addedOn": _format_moment(line.added_at, zone),
    }


def _coupon_answer(line: IncentiveLine, zone: tzinfo) -> Answer:
    return {
        "code": line.code,
        "validTill": _format_moment(line.expires_at, zone),
        "value": line.value,
        "redemptionInfo": {
            "redeemed": line.redeemed_at is not None,
            "redeemedOn": _format_moment(line.redeemed_at, zone),
        },
    }


def _format_clock(moment: datetime | None, zone: tzinfo) -> str | None:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else None


def _format_moment(moment: datetime | None, zone: tzinfo) -> str | None:
    # The reference shows a tenth of a second here; the value is always a whole second.
    return f"{text}.0" if (text := _format_clock(moment, zone)) else None
