"""What became of a customer's referrals, campaign by campaign (operation 24)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from crm.tenancy.models import Organization
from customers.queries.listing import CustomerLine, list_lines
from customers.rules.identifiers import normalise_identifier
from loyalty.models import CouponRedemption, Invitation, Referee, ReferralCode
from loyalty.queries.referral_campaigns import get_campaigns
from loyalty.rules.referrals import CampaignRules, find_campaign

# Of invitations, and of those who came, in each campaign: the newest ones.
MOST_LISTED = 1_000

_Place = tuple[int, int]  # a customer and a campaign


@dataclass(frozen=True, slots=True)
class InviteeLine:
    """Somebody invited; ``has_come`` once they registered or bought."""

    type: str
    identifier: str
    name: str
    invited_at: datetime
    till_code: str
    till_name: str
    has_come: bool


@dataclass(frozen=True, slots=True)
class RefereeLine:
    """Somebody who came, and who they are today."""

    event: str
    person: CustomerLine
    added_at: datetime


@dataclass(frozen=True, slots=True)
class IncentiveLine:
    """A coupon that the customer got because somebody came."""

    event: str
    code: str
    value: Decimal
    expires_at: datetime | None
    redeemed_at: datetime | None


@dataclass(slots=True)
class Referrals:
    """A customer's part in one campaign; the lists begin with the newest."""

    campaign: CampaignRules
    code: str
    invitees: list[InviteeLine] = field(default_factory=list)
    referees: list[RefereeLine] = field(default_factory=list)
    incentives: list[IncentiveLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which invitations and comings are meant: between two moments, at the tills of a store."""

    start: datetime | None = None
    end: datetime | None = None
    store_id: int | None = None


EVERYTHING = Wanted()


def list_referrals(
    *, org_id: int, customer_id: int, limit: int, offset: int = 0
) -> tuple[int, list[Referrals]]:
    """Count the campaigns in which the customer takes part, and list some, the newest first.

    Seven queries at most, two without any campaign.
    """
    codes = ReferralCode.objects.filter(org_id=org_id, customer_id=customer_id, is_current=True)
    rows = list(codes.order_by("-pk").values_list("campaign_id", "code")[offset : offset + limit])
    campaigns = get_campaigns(org_id)
    parts = {(customer_id, pk): Referrals(campaigns[pk], code) for pk, code in rows}
    _fill(org_id, parts, EVERYTHING)
    return codes.count(), list(parts.values())


def get_referrals_of(
    *,
    org_id: int,
    customer_ids: Collection[int],
    token: str = "",
    wanted: Wanted = EVERYTHING,
    codes_only: bool = False,
) -> dict[int, Referrals]:
    """Return the part of each of these customers in one campaign, without those who take none.

    The campaign is the default one without a token. Six queries at most, however many they are;
    one for the codes only.

    Raises:
        CampaignUnknown, CampaignNotRunning: there is no such campaign, or no default.
    """
    campaign = find_campaign(get_campaigns(org_id).values(), token)
    rows = ReferralCode.objects.filter(
        org_id=org_id, customer_id__in=customer_ids, campaign_id=campaign.id, is_current=True
    )
    parts = {
        (customer_id, campaign.id): Referrals(campaign, code)
        for customer_id, code in rows.values_list("customer_id", "code")
    }
    if not codes_only:
        _fill(org_id, parts, wanted)
    return {customer_id: part for (customer_id, _), part in parts.items()}


def who_came(*, invitation_ids: Collection[int]) -> dict[int, list[str]]:
    """Return by invitation the events to which somebody came by it, in their order; one query."""
    events: dict[int, list[str]] = {}
    rows = Referee.objects.filter(invitation_id__in=invitation_ids).order_by("pk")
    for invitation_id, event in rows.values_list("invitation_id", "event"):
        events.setdefault(invitation_id or 0, []).append(event)
    return events


def find_invitations(
    rows: QuerySet[Invitation], *, org: Organization, text: str
) -> QuerySet[Invitation]:
    """Those among the rows that invite whom the text names, as a mobile or an email address."""
    named = Q(pk__in=[])
    for type_ in Invitation.Type.values:
        value = normalise_identifier(
            type_, text, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        if value is not None:
            named |= Q(org=org, type=type_, identifier=value)
    return rows.filter(named)


def list_who_brought(*, org_id: int, customer_id: int) -> list[tuple[int, str, str, datetime]]:
    """Who brought the customer, in which campaign, to what event, and when; one query."""
    rows = Referee.objects.filter(org_id=org_id, referee_id=customer_id).order_by("pk")
    return list(rows.values_list("customer_id", "campaign__name", "event", "added_at"))


def _fill(org_id: int, parts: Mapping[_Place, Referrals], wanted: Wanted) -> None:
    if not parts:
        return
    for row in _invitations(parts, wanted):
        till = row.invited_by
        parts[row.customer_id, row.campaign_id].invitees.append(
            InviteeLine(
                row.type,
                row.identifier,
                row.name,
                row.invited_at,
                till.code if till else "",
                till.name if till else "",
                row.has_come,
            )
        )
    comings = list(_comings(parts, wanted))
    ids = list(dict.fromkeys(row.referee_id for row in comings))
    people = {line.id: line for line in list_lines(org_id=org_id, customer_ids=ids)}
    for coming in comings:
        part = parts[coming.customer_id, coming.campaign_id]
        part.referees.append(RefereeLine(coming.event, people[coming.referee_id], coming.added_at))
        if coming.coupon is not None:
            part.incentives.append(
                IncentiveLine(
                    coming.event,
                    coming.coupon.code,
                    coming.coupon.series.discount_value,
                    coming.coupon.expires_at,
                    coming.redeemed_at,
                )
            )


def _invitations(places: Collection[_Place], wanted: Wanted) -> Iterable[Any]:
    rows = Invitation.objects.annotate(
        has_come=Exists(Referee.objects.filter(invitation=OuterRef("pk")))
    ).select_related("invited_by")
    return _newest(rows, places, wanted, at="invited_at", by="invited_by")


def _comings(places: Collection[_Place], wanted: Wanted) -> Iterable[Any]:
    redeemed = CouponRedemption.objects.filter(coupon=OuterRef("coupon")).order_by("-redeemed_at")
    rows = Referee.objects.annotate(
        redeemed_at=Subquery(redeemed.values("redeemed_at")[:1])
    ).select_related("coupon__series")
    # Who merged with somebody who came as well is told of once.
    rows = rows.filter(referee__merged_into__isnull=True)
    return _newest(rows, places, wanted, at="added_at", by="added_by")


def _newest(
    rows: QuerySet[Any], places: Collection[_Place], wanted: Wanted, *, at: str, by: str
) -> Iterable[Any]:
    """The newest rows of each customer and campaign; one query."""
    here = Q(pk__in=[])
    for campaign_id in {campaign_id for _, campaign_id in places}:
        people = [customer_id for customer_id, of in places if of == campaign_id]
        here |= Q(campaign_id=campaign_id, customer_id__in=people)
    rows = rows.filter(here)
    if wanted.start is not None:
        rows = rows.filter(**{f"{at}__gte": wanted.start})
    if wanted.end is not None:
        rows = rows.filter(**{f"{at}__lte": wanted.end})
    if wanted.store_id is not None:
        # The store itself, or one of its tills.
        there = Q(**{f"{by}_id": wanted.store_id}) | Q(**{f"{by}__parent_id": wanted.store_id})
        rows = rows.filter(there)
    newest = [F(at).desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by=["customer_id", "campaign_id"], order_by=newest)
    return rows.annotate(place=place).filter(place__lte=MOST_LISTED).order_by(*newest)
