"""Builders of referrals for tests; as in ``builders``, every argument has a default."""

from datetime import datetime
from itertools import count
from typing import Any

from crm.tenancy.models import Organization
from customers.models import Customer
from loyalty.models import Invitation, Referee, ReferralCampaign, ReferralCode
from loyalty.queries.referrals.campaigns import clear_campaign_cache
from tests.builders import NOON, get_or_make_organization

_numbers = count(1)


def make_campaign(
    token: str | None = None, org: Organization | None = None, **settings: Any
) -> ReferralCampaign:
    """Create a campaign without an end and without incentives."""
    org = org or get_or_make_organization()
    token = token or f"campaign-{next(_numbers)}"
    campaign = ReferralCampaign.objects.create(org=org, token=token, **{"name": token, **settings})
    clear_campaign_cache(org.pk)
    return campaign


def make_code(customer: Customer, campaign: ReferralCampaign, code: str | None = None) -> str:
    """Create a customer's referral code in a campaign."""
    row = ReferralCode.objects.create(
        org_id=customer.org_id,
        campaign=campaign,
        customer=customer,
        code=code or f"code{next(_numbers)}",
        created_at=NOON,
    )
    return row.code


def make_invitation(
    customer: Customer,
    campaign: ReferralCampaign,
    identifier: str = "919810000001",
    *,
    at: datetime = NOON,
    **attributes: Any,
) -> Invitation:
    """Create an invitation by mobile, or by email if the identifier has an @."""
    return Invitation.objects.create(
        org_id=customer.org_id,
        campaign=campaign,
        customer=customer,
        identifier=identifier,
        **{
            "type": "email" if "@" in identifier else "mobile",
            "invited_at": at,
            "recorded_at": at,
            **attributes,
        },
    )


def make_referee(
    customer: Customer,
    referee: Customer,
    campaign: ReferralCampaign,
    event: str = Referee.Event.REGISTRATION,
    *,
    at: datetime = NOON,
    **attributes: Any,
) -> Referee:
    """Create a referee of the customer."""
    return Referee.objects.create(
        org_id=customer.org_id,
        campaign=campaign,
        customer=customer,
        referee=referee,
        event=event,
        added_at=at,
        **attributes,
    )
