"""The answers about referrals in v1.1."""

from collections.abc import Iterable
from typing import Any

from crm.dialects.v1_1.plain_values import format_bool
from customers.queries.customers.headings import Heading
from loyalty.queries.referrals.referrals import (
    CampaignReferrals,
    IncentiveLine,
    InviteeLine,
    RefereeLine,
)
from loyalty.rules.referrals import IDENTIFIER_TYPES

Answer = dict[str, Any]


def referrer_answer(heading: Heading) -> Answer:
    """Return the referrer; in the reference ``id`` is the customer's id here."""
    identifiers = heading.identifiers
    return {
        "email": identifiers.get("email"),
        "mobile": identifiers.get("mobile"),
        "external_id": identifiers.get("externalId"),
        "id": str(heading.customer_id),
        "user_id": str(heading.customer_id),
        "firstname": heading.first_name,
        "lastname": heading.last_name,
    }


def statistics_answer(referrals: CampaignReferrals) -> Answer:
    """Return a customer's invitees, referees and incentive coupons, newest first."""
    return {
        "invitees": {
            "referral_type": [
                {"type": type_name, "invitee": [_invitee_answer(line) for line in lines]}
                for type_name, type_ in sorted(IDENTIFIER_TYPES.items())
                if (lines := [line for line in referrals.invitees if line.type == type_])
            ]
        },
        "referees": {"referee": [_referee_answer(line) for line in referrals.referees]},
        "incentives": {
            "event_type": [
                {"name": event, "coupons": {"coupon": _coupon_answers(referrals.incentives, event)}}
                for event in dict.fromkeys(line.event for line in referrals.incentives)
            ]
        },
    }


def _invitee_answer(line: InviteeLine) -> Answer:
    return {
        "identifier": line.identifier,
        "invited_on": line.invited_at,
        "till": {"code": line.till_code, "name": line.till_name},
        "success": format_bool(line.has_joined),
    }


def _referee_answer(line: RefereeLine) -> Answer:
    customer = line.customer
    return {
        "event_type": line.event,
        "user_id": str(customer.id),
        "firstname": customer.first_name,
        "lastname": customer.last_name,
        "email": customer.email,
        "mobile": customer.mobile,
        "external_id": customer.external_id,
        "added_on": line.added_at,
    }


def _coupon_answers(lines: Iterable[IncentiveLine], event: str) -> list[Answer]:
    return [
        {
            "code": line.code,
            "valid_till": line.expires_at,
            "value": f"{line.value.normalize():f}",
            "redemption_info": {
                "redeemed": format_bool(line.redeemed_at is not None),
                "redeemed_on": line.redeemed_at,
            },
        }
        for line in lines
        if line.event == event
    ]
