"""The referrals of customers by campaign: invitees, referees and incentives (operation 24)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from crm.tenancy.models import Organization
from customers.queries.customers.lines import CustomerLine, list_lines
from customers.rules.identifiers import normalise_identifier
from loyalty.models import CouponRedemption, Invitation, Referee, ReferralCode
from loyalty.queries.referrals.campaigns import get_campaigns
from loyalty.rules.referrals import CampaignRules, find_campaign

# How many invitations, and how many referees, are listed for each campaign.
MAX_LISTED = 1_000

_ReferralKey = tuple[int, int]  # a customer and a campaign


@dataclass(frozen=True, slots=True)
class InviteeLine:
    """An invitee; ``has_joined`` once they registered or bought."""

    type: str
    identifier: str
    name: str
    invited_at: datetime
    till_code: str
    till_name: str
    has_joined: bool


@dataclass(frozen=True, slots=True)
class RefereeLine:
    """A referee, as the customer they are today."""

    event: str
    customer: CustomerLine
    added_at: datetime


@dataclass(frozen=True, slots=True)
class IncentiveLine:
    """A coupon that the referrer received for a referee."""

    event: str
    code: str
    value: Decimal
    expires_at: datetime | None
    redeemed_at: datetime | None


@dataclass(slots=True)
class CampaignReferrals:
    """The referrals of a customer in one campaign; the lists are newest first."""

    campaign: CampaignRules
    code: str
    invitees: list[InviteeLine] = field(default_factory=list)
    referees: list[RefereeLine] = field(default_factory=list)
    incentives: list[IncentiveLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralFilter:
    """Filters for invitations and referees: a period, and the store or its tills."""

    start: datetime | None = None
    end: datetime | None = None
    store_id: int | None = None


NO_FILTER = ReferralFilter()


def list_referrals(
    *, org_id: int, customer_id: int, limit: int, offset: int = 0
) -> tuple[int, list[CampaignReferrals]]:
    """Return how many campaigns the customer takes part in, and a page of them, newest first.

    Seven queries at most; two if there are no campaigns.
    """
    codes = ReferralCode.objects.filter(org_id=org_id, customer_id=customer_id, is_current=True)
    rows = list(codes.order_by("-pk").values_list("campaign_id", "code")[offset : offset + limit])
    campaigns = get_campaigns(org_id)
    referrals = {(customer_id, pk): CampaignReferrals(campaigns[pk], code) for pk, code in rows}
    _add_lists(org_id, referrals, NO_FILTER)
    return codes.count(), list(referrals.values())


def get_referrals_by_customer(
    *,
    org_id: int,
    customer_ids: Collection[int],
    token: str = "",
    filters: ReferralFilter = NO_FILTER,
    codes_only: bool = False,
) -> dict[int, CampaignReferrals]:
    """Return the referrals of each of these customers in one campaign; others are left out.

    Without a token, the campaign is the default one. Six queries at most for any number of
    customers; one for the codes only.

    Raises:
        CampaignUnknown, CampaignNotRunning: there is no such campaign, or no default.
    """
    campaign = find_campaign(get_campaigns(org_id).values(), token)
    rows = ReferralCode.objects.filter(
        org_id=org_id, customer_id__in=customer_ids, campaign_id=campaign.id, is_current=True
    )
    referrals = {
        (customer_id, campaign.id): CampaignReferrals(campaign, code)
        for customer_id, code in rows.values_list("customer_id", "code")
    }
    if not codes_only:
        _add_lists(org_id, referrals, filters)
    return {
        customer_id: campaign_referrals
        for (customer_id, _), campaign_referrals in referrals.items()
    }


def list_events_by_invitation(*, invitation_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the referral events of each invitation, oldest first; one query."""
    events: dict[int, list[str]] = {}
    rows = Referee.objects.filter(invitation_id__in=invitation_ids).order_by("pk")
    for invitation_id, event in rows.values_list("invitation_id", "event"):
        events.setdefault(invitation_id or 0, []).append(event)
    return events


def filter_invitations(
    rows: QuerySet[Invitation], *, org: Organization, text: str
) -> QuerySet[Invitation]:
    """Filter the invitations by invitee; the text is a mobile number or an email address."""
    identifier_q = Q(pk__in=[])
    for type_ in Invitation.Type.values:
        value = normalise_identifier(
            type_, text, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        if value is not None:
            identifier_q |= Q(org=org, type=type_, identifier=value)
    return rows.filter(identifier_q)


def list_referrers(*, org_id: int, customer_id: int) -> list[tuple[int, str, str, datetime]]:
    """Return the customer's referrers: customer id, campaign, event and time; one query."""
    rows = Referee.objects.filter(org_id=org_id, referee_id=customer_id).order_by("pk")
    return list(rows.values_list("customer_id", "campaign__name", "event", "added_at"))


def _add_lists(
    org_id: int, referrals: Mapping[_ReferralKey, CampaignReferrals], filters: ReferralFilter
) -> None:
    if not referrals:
        return
    for row in _select_invitations(referrals, filters):
        till = row.invited_by
        referrals[row.customer_id, row.campaign_id].invitees.append(
            InviteeLine(
                row.type,
                row.identifier,
                row.name,
                row.invited_at,
                till.code if till else "",
                till.name if till else "",
                row.has_joined,
            )
        )
    referees = list(_select_referees(referrals, filters))
    referee_ids = list(dict.fromkeys(row.referee_id for row in referees))
    customers = {line.id: line for line in list_lines(org_id=org_id, customer_ids=referee_ids)}
    for referee in referees:
        campaign_referrals = referrals[referee.customer_id, referee.campaign_id]
        campaign_referrals.referees.append(
            RefereeLine(referee.event, customers[referee.referee_id], referee.added_at)
        )
        if referee.coupon is not None:
            campaign_referrals.incentives.append(
                IncentiveLine(
                    referee.event,
                    referee.coupon.code,
                    referee.coupon.series.discount_value,
                    referee.coupon.expires_at,
                    referee.redeemed_at,
                )
            )


def _select_invitations(keys: Collection[_ReferralKey], filters: ReferralFilter) -> Iterable[Any]:
    rows = Invitation.objects.annotate(
        has_joined=Exists(Referee.objects.filter(invitation=OuterRef("pk")))
    ).select_related("invited_by")
    return _limit_to_newest(
        rows, keys, filters, moment_field="invited_at", entity_field="invited_by"
    )


def _select_referees(keys: Collection[_ReferralKey], filters: ReferralFilter) -> Iterable[Any]:
    redemptions = (
        CouponRedemption.objects.in_force()
        .filter(coupon=OuterRef("coupon"))
        .order_by("-redeemed_at")
    )
    rows = Referee.objects.annotate(
        redeemed_at=Subquery(redemptions.values("redeemed_at")[:1])
    ).select_related("coupon__series")
    # A referee who was merged into another referee is listed once.
    rows = rows.filter(referee__merged_into__isnull=True)
    return _limit_to_newest(rows, keys, filters, moment_field="added_at", entity_field="added_by")


def _limit_to_newest(
    rows: QuerySet[Any],
    keys: Collection[_ReferralKey],
    filters: ReferralFilter,
    *,
    moment_field: str,
    entity_field: str,
) -> Iterable[Any]:
    """Return the newest rows of each customer and campaign; one query."""
    referrals_q = Q(pk__in=[])
    for campaign_id in {campaign_id for _, campaign_id in keys}:
        customer_ids = [
            customer_id for customer_id, key_campaign_id in keys if key_campaign_id == campaign_id
        ]
        referrals_q |= Q(campaign_id=campaign_id, customer_id__in=customer_ids)
    rows = rows.filter(referrals_q)
    if filters.start is not None:
        rows = rows.filter(**{f"{moment_field}__gte": filters.start})
    if filters.end is not None:
        rows = rows.filter(**{f"{moment_field}__lte": filters.end})
    if filters.store_id is not None:
        # The store itself, or one of its tills.
        store_q = Q(**{f"{entity_field}_id": filters.store_id}) | Q(
            **{f"{entity_field}__parent_id": filters.store_id}
        )
        rows = rows.filter(store_q)
    ordering = [F(moment_field).desc(), F("pk").desc()]
    position = Window(RowNumber(), partition_by=["customer_id", "campaign_id"], order_by=ordering)
    return rows.annotate(place=position).filter(place__lte=MAX_LISTED).order_by(*ordering)
