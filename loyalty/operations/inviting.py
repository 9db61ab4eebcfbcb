"""Inviting people to become customers (operation 24)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.queries.resolving import find_owners
from customers.rules.picture import Key
from loyalty import referral_errors
from loyalty.models import Invitation, ReferralCode
from loyalty.operations.people import lock_people, standing
from loyalty.queries.referral_campaigns import get_campaigns
from loyalty.rules.fraud import is_refused
from loyalty.rules.referrals import (
    CampaignRules,
    Invitee,
    draw_referral_code,
    find_campaign,
    read_invitee,
)

# Codes are drawn from 10^14: meeting one that is there twice in a row does not happen.
MOST_ROUNDS = 10


@dataclass(slots=True)
class InvitedOne:
    """What became of one invitee: invited, now or before, or the refusal."""

    type: str = ""
    identifier: str = ""
    name: str = ""
    invited_at: datetime | None = None
    is_new: bool = False
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """The campaign, the customer's code in it, and what became of each invitee, in order."""

    campaign: CampaignRules
    code: str
    outcomes: list[InvitedOne] = field(default_factory=list)


@within_unit_of_work
def invite(
    *, origin: Origin, customer_id: int, token: str = "", invitees: Sequence[Invitee] = ()
) -> Invited:
    """Invite people in the name of a customer, who has a code in the campaign from then on.

    Without a token the default campaign is meant. Somebody whom the customer invited before stays
    invited as they were. Each invitee may be refused by themselves: ReferralTypeUnsupported,
    InviteeInvalid, InviteeIsCustomer, InviteeIsReferrer, InvitationLimitReached.

    Raises:
        CampaignUnknown: there is no campaign of this token.
        CampaignNotRunning: it is switched off, has not begun or is over; or there is no default.
        ReferrerNotEligible: the customer is marked as fraud.
        CustomerUnknown, CustomerMerged: there is nobody here to invite.
    """
    customer = standing(origin, lock_people([customer_id]), customer_id)
    campaign = find_campaign(get_campaigns(origin.org.pk).values(), token)
    if not campaign.runs_at(origin.at, origin.org.zone):
        raise referral_errors.CampaignNotRunning()
    if is_refused(customer.fraud_status):
        raise referral_errors.ReferrerNotEligible()
    code = _code_of(origin, customer, campaign)
    outcomes, keys = _read(origin, invitees)
    _decide(origin, customer, campaign, outcomes, keys)
    _write(origin, customer, campaign, outcomes)
    return Invited(campaign, code, outcomes)


def _code_of(origin: Origin, customer: Customer, campaign: CampaignRules) -> str:
    # Under the customer's lock, so nobody else draws one for them.
    codes = ReferralCode.objects.filter(
        customer_id=customer.pk, campaign_id=campaign.id, is_current=True
    )
    if (row := codes.first()) is not None:
        return row.code
    [pk] = take_ids(ReferralCode, 1)
    for _ in range(MOST_ROUNDS):
        code = draw_referral_code()
        if insert_unless_taken(
            ReferralCode,
            ("id", "org_id", "campaign_id", "customer_id", "code", "created_at", "is_current"),
            [(pk, origin.org.pk, campaign.id, customer.pk, code, origin.at, True)],
        ):
            return code
    raise AssertionError("codes that were drawn were there already, again and again")


def _read(
    origin: Origin, invitees: Sequence[Invitee]
) -> tuple[list[InvitedOne], dict[Key, InvitedOne]]:
    """Read them all; of one who is named twice the first counts, and both are answered."""
    org: Organization = origin.org
    outcomes: list[InvitedOne] = []
    keys: dict[Key, InvitedOne] = {}
    for invitee in invitees:
        try:
            key, name, invited_at = read_invitee(
                invitee,
                now=origin.at,
                default_country=org.default_country,
                strict_mobile=org.strict_mobile,
            )
        except DomainError as refusal:
            outcomes.append(InvitedOne(refusal=refusal))
            continue
        outcome = keys.setdefault(key, InvitedOne(*key, name, invited_at))
        outcomes.append(outcome)
    return outcomes, keys


def _decide(
    origin: Origin,
    customer: Customer,
    campaign: CampaignRules,
    outcomes: Sequence[InvitedOne],
    keys: dict[Key, InvitedOne],
) -> None:
    if not keys:
        return
    before = Invitation.objects.filter(customer_id=customer.pk, campaign_id=campaign.id)
    known = {
        (row.type, row.identifier): row
        for row in before.filter(identifier__in={value for _, value in keys})
    }
    owners = find_owners(org_id=origin.org.pk, keys=set(keys))
    left = None
    if campaign.most_invitees is not None:
        left = campaign.most_invitees - before.count()
    for key, outcome in keys.items():
        if (row := known.get(key)) is not None:
            outcome.name, outcome.invited_at = row.name, row.invited_at
        elif owners.get(key) == customer.pk:
            outcome.refusal = referral_errors.InviteeIsReferrer(identifier=key[1])
        elif key in owners and not campaign.takes_customers:
            outcome.refusal = referral_errors.InviteeIsCustomer(identifier=key[1])
        elif left is not None and left <= 0:
            outcome.refusal = referral_errors.InvitationLimitReached(limit=campaign.most_invitees)
        else:
            outcome.is_new = True
            left = None if left is None else left - 1


def _write(
    origin: Origin, customer: Customer, campaign: CampaignRules, outcomes: Sequence[InvitedOne]
) -> None:
    # One who was named twice stands here twice.
    new = list({id(one): one for one in outcomes if one.is_new}.values())
    if not new:
        return
    # Under the customer's lock, so no constraint is met.
    Invitation.objects.bulk_create(
        [
            Invitation(
                org=origin.org,
                campaign_id=campaign.id,
                customer_id=customer.pk,
                type=one.type,
                identifier=one.identifier,
                name=one.name,
                invited_at=one.invited_at or origin.at,
                invited_by_id=origin.actor_id,
                recorded_at=origin.at,
            )
            for one in new
        ]
    )
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.invited_people",
                "customer",
                customer.pk,
                after={
                    "campaign": campaign.token,
                    "people": [[one.type, one.identifier] for one in new],
                },
            )
        ],
    )
