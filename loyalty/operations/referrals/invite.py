"""Invite people on behalf of a customer (operation 24)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import get_active_customer
from customers.queries.customers.by_identifiers import find_owners
from customers.rules.identifiers import Key
from loyalty import errors
from loyalty.models import Invitation, ReferralCode
from loyalty.queries.referrals.campaigns import get_campaigns
from loyalty.rules.fraud import is_refused_for_fraud
from loyalty.rules.referrals import (
    CampaignRules,
    Invitee,
    draw_referral_code,
    find_campaign,
    read_invitee,
)

# Codes are drawn from 10^14 possible ones, so repeated conflicts do not happen in practice.
MAX_ROUNDS = 10


@dataclass(slots=True)
class InviteeResult:
    """The result of one invitee: invited now or before, or the refusal."""

    type: str = ""
    identifier: str = ""
    name: str = ""
    invited_at: datetime | None = None
    is_new: bool = False
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class InvitationResult:
    """The campaign, the customer's referral code, and one result for each invitee, in order."""

    campaign: CampaignRules
    code: str
    outcomes: list[InviteeResult] = field(default_factory=list)


@within_unit_of_work
def invite_people(
    *, origin: Origin, customer_id: int, token: str = "", invitees: Sequence[Invitee] = ()
) -> InvitationResult:
    """Invite people on behalf of a customer; create the customer's referral code if needed.

    Without a token, the default campaign is used. An earlier invitation of the same person stays
    unchanged. Each invitee may be refused on its own: ReferralTypeUnsupported, InviteeInvalid,
    InviteeIsCustomer, InviteeIsReferrer, InvitationLimitReached.

    Raises:
        CampaignUnknown: there is no campaign with this token.
        CampaignNotRunning: it is inactive, has not begun or has ended; or there is no default.
        ReferrerNotEligible: the customer is marked as fraud.
        CustomerUnknown, CustomerMerged: there is no such active customer.
    """
    customer = get_active_customer(origin, lock_customers([customer_id]), customer_id)
    campaign = find_campaign(get_campaigns(origin.org.pk).values(), token)
    if not campaign.runs_at(origin.at, origin.org.zone):
        raise errors.CampaignNotRunning()
    if is_refused_for_fraud(customer.fraud_status):
        raise errors.ReferrerNotEligible()
    code = _get_or_create_code(origin, customer, campaign)
    outcomes, keys = _read_invitees(origin, invitees)
    _decide_invitees(origin, customer, campaign, outcomes, keys)
    _write_invitations(origin, customer, campaign, outcomes)
    return InvitationResult(campaign, code, outcomes)


def _get_or_create_code(origin: Origin, customer: Customer, campaign: CampaignRules) -> str:
    # The customer is locked, so no other request creates a code for them.
    codes = ReferralCode.objects.filter(
        customer_id=customer.pk, campaign_id=campaign.id, is_current=True
    )
    if (row := codes.first()) is not None:
        return row.code
    [pk] = take_ids(ReferralCode, 1)
    for _ in range(MAX_ROUNDS):
        code = draw_referral_code()
        if insert_unless_taken(
            ReferralCode,
            ("id", "org_id", "campaign_id", "customer_id", "code", "created_at", "is_current"),
            [(pk, origin.org.pk, campaign.id, customer.pk, code, origin.at, True)],
        ):
            return code
    raise AssertionError("codes that were drawn were there already, again and again")


def _read_invitees(
    origin: Origin, invitees: Sequence[Invitee]
) -> tuple[list[InviteeResult], dict[Key, InviteeResult]]:
    """Read the invitees; of a repeated one the first counts, and both get the same result."""
    org: Organization = origin.org
    outcomes: list[InviteeResult] = []
    keys: dict[Key, InviteeResult] = {}
    for invitee in invitees:
        try:
            key, name, invited_at = read_invitee(
                invitee,
                now=origin.at,
                default_country=org.default_country,
                strict_mobile=org.strict_mobile,
            )
        except DomainError as refusal:
            outcomes.append(InviteeResult(refusal=refusal.detached()))
            continue
        outcome = keys.setdefault(key, InviteeResult(*key, name, invited_at))
        outcomes.append(outcome)
    return outcomes, keys


def _decide_invitees(
    origin: Origin,
    customer: Customer,
    campaign: CampaignRules,
    outcomes: Sequence[InviteeResult],
    keys: dict[Key, InviteeResult],
) -> None:
    if not keys:
        return
    invitations = Invitation.objects.filter(customer_id=customer.pk, campaign_id=campaign.id)
    known_invitations = {
        (row.type, row.identifier): row
        for row in invitations.filter(identifier__in={value for _, value in keys})
    }
    owners = find_owners(org_id=origin.org.pk, keys=set(keys))
    remaining = None
    if campaign.most_invitees is not None:
        remaining = campaign.most_invitees - invitations.count()
    for key, outcome in keys.items():
        if (row := known_invitations.get(key)) is not None:
            outcome.name, outcome.invited_at = row.name, row.invited_at
        elif owners.get(key) == customer.pk:
            outcome.refusal = errors.InviteeIsReferrer(identifier=key[1])
        elif key in owners and not campaign.takes_customers:
            outcome.refusal = errors.InviteeIsCustomer(identifier=key[1])
        elif remaining is not None and remaining <= 0:
            outcome.refusal = errors.InvitationLimitReached(limit=campaign.most_invitees)
        else:
            outcome.is_new = True
            remaining = None if remaining is None else remaining - 1


def _write_invitations(
    origin: Origin, customer: Customer, campaign: CampaignRules, outcomes: Sequence[InviteeResult]
) -> None:
    # A repeated invitee is in the list twice.
    new_outcomes = list({id(outcome): outcome for outcome in outcomes if outcome.is_new}.values())
    if not new_outcomes:
        return
    # The customer is locked, so no constraint can fail.
    Invitation.objects.bulk_create(
        [
            Invitation(
                org=origin.org,
                campaign_id=campaign.id,
                customer_id=customer.pk,
                type=outcome.type,
                identifier=outcome.identifier,
                name=outcome.name,
                invited_at=outcome.invited_at or origin.at,
                invited_by_id=origin.actor_id,
                recorded_at=origin.at,
            )
            for outcome in new_outcomes
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
                    "people": [[outcome.type, outcome.identifier] for outcome in new_outcomes],
                },
            )
        ],
    )
