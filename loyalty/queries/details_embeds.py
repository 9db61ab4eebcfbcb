"""The loyalty parts of customer details, loaded on request (operations 12 and 13)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from loyalty.queries.cards.cards import CardDetails, list_card_details
from loyalty.queries.enrollments.memberships import (
    GroupMembership,
    Membership,
    get_lifetime_purchases,
    group_memberships,
    list_memberships,
)
from loyalty.queries.points.points import (
    ExpiredPoints,
    ExpirySchedule,
    PromotionalPoints,
    list_expired_points,
    list_expiry_schedules,
    list_promotional_points,
)
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.programs import ProgramRules

POINTS = "points"
PROGRAMS = "programs"
GROUPS = "groups"
PROMOTIONS = "promotions"
SCHEDULES = "schedules"
EXPIRED = "expired"


@dataclass(slots=True)
class LoyaltyDetails:
    """The loaded parts; a part that was not requested is empty.

    ``summary`` is the membership in the default program, else the oldest one. ``programs`` give
    the expiry rules of the points in the schedules.
    """

    parts: Collection[str]
    lifetime_purchases: Decimal = ZERO
    cards: list[CardDetails] = field(default_factory=list)
    summary: Membership | None = None
    memberships: list[Membership] = field(default_factory=list)
    groups: list[GroupMembership] = field(default_factory=list)
    promotions: list[PromotionalPoints] = field(default_factory=list)
    schedules: list[ExpirySchedule] = field(default_factory=list)
    programs: Mapping[int, ProgramRules] = field(default_factory=dict)
    expired: list[ExpiredPoints] = field(default_factory=list)


def get_loyalty_details(
    *,
    org_id: int,
    customer_id: int,
    now: datetime,
    parts: Collection[str] = (),
    with_cards: bool = True,
) -> LoyaltyDetails:
    """Load the requested parts, and always the lifetime purchases.

    One query for the purchases (none if the memberships are loaded), two for cards, and one for
    each other part.
    """
    details = LoyaltyDetails(parts)
    if with_cards:
        details.cards = list_card_details(org_id=org_id, customer_ids=[customer_id], now=now)[
            customer_id
        ]
    if {POINTS, PROGRAMS, GROUPS}.isdisjoint(parts):
        details.lifetime_purchases = get_lifetime_purchases(org_id=org_id, customer_id=customer_id)
    else:
        memberships = list_memberships(
            org_id=org_id, customer_id=customer_id, now=now, with_partners=PROGRAMS in parts
        )
        details.memberships = memberships
        default_membership = next(
            (membership for membership in memberships if membership.program.is_default), None
        )
        details.summary = default_membership or next(iter(memberships), None)
        details.lifetime_purchases = default_membership.purchases if default_membership else ZERO
        if GROUPS in parts:
            details.groups = group_memberships(org_id=org_id, memberships=memberships)
    if PROMOTIONS in parts:
        details.promotions = list_promotional_points(org_id=org_id, customer_id=customer_id)
    if SCHEDULES in parts:
        details.schedules = list_expiry_schedules(org_id=org_id, customer_id=customer_id, now=now)
        details.programs = get_programs(org_id)
    if EXPIRED in parts:
        details.expired = list_expired_points(org_id=org_id, customer_id=customer_id)
    return details
