"""How referrals read on the wire of v1.1."""

from collections.abc import Iterable
from typing import Any

from crm.dialects.v1_1.plain import word
from customers.queries.headings import Heading
from loyalty.queries.referrals import IncentiveLine, InviteeLine, RefereeLine, Referrals
from loyalty.rules.referrals import TYPES

Answer = dict[str, Any]


def person_answer(heading: Heading) -> Answer:
    """Return who invites; the reference calls the customer's own number ``id`` here."""
    known = heading.identifiers
    return {
        "email": known.get("email"),
        "mobile": known.get("mobile"),
        "external_id": known.get("externalId"),
        "id": str(heading.customer_id),
        "user_id": str(heading.customer_id),
        "firstname": heading.first_name,
        "lastname": heading.last_name,
    }


def statistics_answer(referrals: Referrals) -> Answer:
    """Return whom a customer invited, who came, and the coupons for it, the newest first."""
    return {
        "invitees": {
            "referral_type": [
                {"type": called, "invitee": [_invitee(line) for line in lines]}
                for called, type_ in sorted(TYPES.items())
                if (lines := [line for line in referrals.invitees if line.type == type_])
            ]
        },
        "referees": {"referee": [_referee(line) for line in referrals.referees]},
        "incentives": {
            "event_type": [
                {"name": event, "coupons": {"coupon": _coupons(referrals.incentives, event)}}
                for event in dict.fromkeys(line.event for line in referrals.incentives)
            ]
        },
    }


def _invitee(line: InviteeLine) -> Answer:
    return {
        "identifier": line.identifier,
        "invited_on": line.invited_at,
        "till": {"code": line.till_code, "name": line.till_name},
        "success": word(line.has_come),
    }


def _referee(line: RefereeLine) -> Answer:
    person = line.person
    return {
        "event_type": line.event,
        "user_id": str(person.id),
        "firstname": person.first_name,
        "lastname": person.last_name,
        "email": person.email,
        "mobile": person.mobile,
        "external_id": person.external_id,
        "added_on": line.added_at,
    }


def _coupons(lines: Iterable[IncentiveLine], event: str) -> list[Answer]:
    return [
        {
            "code": line.code,
            "valid_till": line.expires_at,
            "value": f"{line.value.normalize():f}",
            "redemption_info": {
                "redeemed": word(line.redeemed_at is not None),
                "redeemed_on": line.redeemed_at,
            },
        }
        for line in lines
        if line.event == event
    ]
