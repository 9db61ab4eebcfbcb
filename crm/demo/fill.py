"""Filling an empty database with the demo."""

from datetime import datetime

from crm.approvals.models import Request
from crm.demo.customers import register_documented_customers, update_documented_customers
from crm.demo.data_files import FOLDER, read_data
from crm.demo.fields import define_fields
from crm.demo.hierarchies import associate_customers, make_hierarchies
from crm.demo.ids import numbered_from_one
from crm.demo.imports import load_export, load_imports
from crm.demo.loyalty import (
    make_card_series,
    make_cards,
    make_coupon_series,
    make_programs,
    make_promotions,
)
from crm.demo.loyalty_history import load_loyalty_history
from crm.demo.made_up_customers import label_made_up_customers, register_made_up_customers
from crm.demo.made_up_loyalty import load_made_up_loyalty
from crm.demo.organization import DemoOrganization, make_organization
from crm.demo.recent_bills import load_recent_bills
from crm.demo.referrals import load_referrals, make_campaigns
from crm.demo.requests import load_made_up_requests, load_requests
from crm.demo.secrets import HashedSecrets
from crm.demo.service import (
    load_interactions,
    load_made_up_interactions,
    load_made_up_service,
    load_service,
    make_one_time_code,
)
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRun, Run
from crm.tenancy.models import Credential, Organization, OrgEntity, StaffUser
from customers import models as customers
from customers.operations.images import set_image
from customers.rules.images import clean_image
from loyalty import models as loyalty

DEMO, OTHER = "demo", "other"
CONFIGURATION = (
    Organization,
    OrgEntity,
    Credential,
    StaffUser,
    customers.SourceAccount,
    customers.StatusLabel,
    customers.FieldDefinition,
    customers.Hierarchy,
    customers.HierarchyRole,
    customers.Company,
    loyalty.CardLabel,
    loyalty.CardSeries,
    loyalty.CouponSeries,
    loyalty.ProgramGroup,
    loyalty.Program,
    loyalty.Tier,
    loyalty.PartnerProgram,
    loyalty.PartnerTier,
    loyalty.ReferralCampaign,
)


def is_filled() -> bool:
    """Return whether the demo was filled, whatever has changed in it since."""
    return Organization.objects.filter(code=DEMO).exists()


def is_empty() -> bool:
    """Return whether there is no organization at all."""
    return not Organization.objects.exists()


@within_unit_of_work
def fill_demo(*, hashed: HashedSecrets, now: datetime) -> int:
    """Write the demo into an empty database; return how many customers it has."""
    # A request that began before a reset goes on with the keys it has read.
    with numbered_from_one(*CONFIGURATION):
        demo = make_organization(DEMO, hashed=hashed, now=now)
        other = make_organization(OTHER, hashed=hashed, now=now)
        define_fields(demo)
        define_fields(other)
        make_coupon_series(demo)
        make_card_series(demo)
        make_programs(demo)
        make_hierarchies(demo)
        make_campaigns(demo)
    with numbered_from_one(customers.Customer, loyalty.Transaction, Request, ImportRun, Run):
        count = register_documented_customers(demo) + register_documented_customers(other)
        make_cards(demo)
        load_loyalty_history(demo)
        count += load_referrals(demo)
        associate_customers(demo)
        set_images(demo)
        # After everything else that changes profiles: the last edit must stay the last one.
        update_documented_customers(demo)
        load_service(demo)
        make_one_time_code(demo)
        load_interactions(demo)
        load_requests(demo)
        made_up = register_made_up_customers(demo)
        load_made_up_loyalty(demo, made_up)
        load_made_up_service(demo, made_up)
        load_made_up_interactions(demo, made_up)
        load_made_up_requests(demo, made_up)
        label_made_up_customers(demo, made_up)
        load_export(demo)
        load_imports(demo)
    with numbered_from_one(loyalty.Promotion):
        # The documented bills earned no promotions.
        make_promotions(demo)
    load_recent_bills(demo, made_up)
    return count + len(made_up)


@within_unit_of_work
def set_images(demo: DemoOrganization) -> None:
    """Set the images in the order of the file; the last one of a customer stays."""
    for row in read_data("images"):
        set_image(
            origin=demo.origin(row["till"], row["at"]),
            customer_id=row["customer_id"],
            image=clean_image((FOLDER / row["file"]).read_bytes()),
        )
