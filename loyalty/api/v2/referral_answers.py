"""How referrals read on the wire of v2."""

from datetime import datetime, tzinfo
from typing import Any

from customers.queries.listing import CustomerLine
from loyalty.operations.inviting import Invited
from loyalty.queries.referrals import IncentiveLine, InviteeLine, RefereeLine, Referrals

Answer = dict[str, Any]


def added_answer(invited: Invited, referrer: CustomerLine, zone: tzinfo) -> Answer:
    """Return what adding invitees answers for one customer; the refused ones are left out."""
    groups: dict[str, list[Answer]] = {}
    for one in invited.outcomes:
        if one.refusal is None:
            groups.setdefault(one.type.upper(), []).append(
                {
                    "name": one.name,
                    "identifier": one.identifier,
                    "invitedOn": _clock(one.invited_at, zone),
                }
            )
    return {
        "customer": {
            "id": referrer.id,
            "mobile": referrer.mobile,
            "email": referrer.email,
            "externalId": referrer.external_id,
        },
        "campaignToken": invited.campaign.token,
        "referralCode": invited.code,
        "referrals": [{"type": type_, "referral": rows} for type_, rows in groups.items()],
    }


def referrals_answer(referrals: Referrals, zone: tzinfo) -> Answer:
    """Return a customer's part in a campaign, without the customer; here the oldest comes first."""
    return {
        "campaignToken": referrals.campaign.token,
        "referralCode": referrals.code,
        "invitees": [_invitee(line, zone) for line in reversed(referrals.invitees)],
        "referee": [_referee(line, zone) for line in reversed(referrals.referees)],
        "incentives": [
            {
                "eventType": event,
                "coupons": [
                    _coupon(line, zone) for line in referrals.incentives if line.event == event
                ],
            }
            for event in dict.fromkeys(line.event for line in referrals.incentives)
        ],
    }


def _invitee(line: InviteeLine, zone: tzinfo) -> Answer:
    return {
        "type": line.type.upper(),
        "identifier": line.identifier,
        "name": line.name,
        "invitedOn": _moment(line.invited_at, zone),
        "till": {"code": line.till_code, "name": line.till_name},
        "success": line.has_come,
    }


def _referee(line: RefereeLine, zone: tzinfo) -> Answer:
    person = line.person
    keys = {"email": person.email, "mobile": person.mobile, "externalId": person.external_id}
    return {
        "eventType": line.event,
        "userId": person.id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        **{name: value for name, value in keys.items() if value},
        "addedOn": _moment(line.added_at, zone),
    }


def _coupon(line: IncentiveLine, zone: tzinfo) -> Answer:
    return {
        "code": line.code,
        "validTill": _moment(line.expires_at, zone),
        "value": line.value,
        "redemptionInfo": {
            "redeemed": line.redeemed_at is not None,
            "redeemedOn": _moment(line.redeemed_at, zone),
        },
    }


def _clock(moment: datetime | None, zone: tzinfo) -> str | None:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else None


def _moment(moment: datetime | None, zone: tzinfo) -> str | None:
    # With tenths, as the reference shows what is read back, and whole seconds.
    return f"{clock}.0" if (clock := _clock(moment, zone)) else None
