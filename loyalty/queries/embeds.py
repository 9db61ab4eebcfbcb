"""What a customer's details hold of loyalty, read as far as it is asked for (operations 12, 13)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from loyalty.queries.cards import CardDetails, list_card_details
from loyalty.queries.details import (
    GroupMembership,
    Membership,
    get_lifetime_purchases,
    group_memberships,
    list_memberships,
)
from loyalty.queries.points import (
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
    """What was read; a list that was not asked for is empty.

    ``summary`` is the membership that stands for all: of the default program, else the oldest.
    ``programs`` tell how the points of the schedules expire.
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
    """Read the parts that are named, and the lifetime purchases in any case.

    A query for the purchases (the memberships tell them, where they are read), two for cards, one
    for each of the other parts.
    """
    details = LoyaltyDetails(parts)
    if with_cards:
        details.cards = list_card_details(org_id=org_id, customer_ids=[customer_id], now=now)[
            customer_id
        ]
    if {POINTS, PROGRAMS, GROUPS}.isdisjoint(parts):
        details.lifetime_purchases = get_lifetime_purchases(org_id=org_id, customer_id=customer_id)
    else:
        mine = list_memberships(
            org_id=org_id, customer_id=customer_id, now=now, with_partners=PROGRAMS in parts
        )
        details.memberships = mine
        own = next((m for m in mine if m.program.is_default), None)
        details.summary = own or next(iter(mine), None)
        details.lifetime_purchases = own.purchases if own else ZERO
        if GROUPS in parts:
            details.groups = group_memberships(org_id=org_id, memberships=mine)
    if PROMOTIONS in parts:
        details.promotions = list_promotional_points(org_id=org_id, customer_id=customer_id)
    if SCHEDULES in parts:
        details.schedules = list_expiry_schedules(org_id=org_id, customer_id=customer_id, now=now)
        details.programs = get_programs(org_id)
    if EXPIRED in parts:
        details.expired = list_expired_points(org_id=org_id, customer_id=customer_id)
    return details
