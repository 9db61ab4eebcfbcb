"""Filling the demo, and filling it anew."""

from datetime import datetime

from django.core.cache import cache

from crm.approvals.models import Request
from crm.demo.asking import ask
from crm.demo.caring import care, care_for_crowd
from crm.demo.crowd import make_crowd
from crm.demo.crowding import serve
from crm.demo.documented import OTHERS, PEOPLE
from crm.demo.emptying import empty_database
from crm.demo.fields import FEW_FIELDS, define_fields
from crm.demo.fleets import make_fleet, make_hierarchy
from crm.demo.gathering import gather
from crm.demo.ids import numbered_from_one
from crm.demo.meeting import meet, meet_crowd
from crm.demo.organizations import DEMO, make_demo, make_other
from crm.demo.pictures import hang_pictures
from crm.demo.programs import make_programs
from crm.demo.queueing import queue_up
from crm.demo.referring import FRIENDS, make_campaigns, refer
from crm.demo.rewarding import reward
from crm.demo.secrets import Hashed
from crm.demo.series import make_card_series, make_cards, make_coupon_series
from crm.demo.telling import tell, tell_on
from crm.kernel.transactions import after_commit, within_unit_of_work
from crm.tenancy.models import Credential, Organization, OrgEntity, StaffUser
from customers.models import (
    Company,
    Customer,
    FieldDefinition,
    Hierarchy,
    HierarchyRole,
    SourceAccount,
    StatusLabel,
)
from loyalty.models import (
    CardLabel,
    CardSeries,
    CouponSeries,
    PartnerProgram,
    PartnerTier,
    Program,
    ProgramGroup,
    ReferralCampaign,
    Tier,
    Transaction,
)

CONFIGURATION = (
    Organization,
    OrgEntity,
    Credential,
    StaffUser,
    SourceAccount,
    StatusLabel,
    FieldDefinition,
    Hierarchy,
    HierarchyRole,
    Company,
    CardLabel,
    CardSeries,
    CouponSeries,
    ProgramGroup,
    Program,
    Tier,
    PartnerProgram,
    PartnerTier,
    ReferralCampaign,
)


def is_filled() -> bool:
    """Whether the demo is there, whatever was done with it since."""
    return Organization.objects.filter(code=DEMO).exists()


def is_empty() -> bool:
    """Whether there is no organization at all."""
    return not Organization.objects.exists()


@within_unit_of_work
def fill(*, hashed: Hashed, now: datetime) -> int:
    """Write the demo into an empty database; say how many customers it has."""
    # A request that logged in before the demo was emptied goes on with the numbers it has read.
    with numbered_from_one(*CONFIGURATION):
        demo, other = make_demo(hashed), make_other(hashed)
        define_fields(demo.org)
        define_fields(other.org, FEW_FIELDS)
        make_coupon_series(demo)
        make_card_series(demo)
        make_programs(demo.org)
        make_hierarchy(demo)
        make_campaigns(demo)
    with numbered_from_one(Customer, Transaction, Request):
        tell(demo, PEOPLE)
        tell(other, OTHERS)
        make_cards(demo)
        reward(demo, now=now)
        refer(demo)
        make_fleet(demo)
        hang_pictures(demo)
        # After what changed profiles by the way, so that the last edit is the last one.
        tell_on(demo)
        care(demo, now=now)
        meet(demo, now=now)
        ask(demo, now=now)
        crowd = make_crowd(now=now, zone=demo.org.zone)
        ids = gather(demo, crowd=crowd, now=now)
        serve(demo, crowd=crowd, ids=ids, now=now)
        care_for_crowd(demo, crowd=crowd, ids=ids, now=now)
        meet_crowd(demo, crowd=crowd, ids=ids, now=now)
        queue_up(demo, crowd=crowd, ids=ids, now=now)
    return len(PEOPLE) + len(OTHERS) + FRIENDS + len(crowd)


@within_unit_of_work
def fill_anew(*, hashed: Hashed, now: datetime) -> int:
    """Empty the database and fill the demo, all of it or nothing."""
    empty_database()
    # Whatever was remembered of the rows that are gone: log-ins, limits, settings, counts.
    after_commit(cache.clear)
    return fill(hashed=hashed, now=now)
