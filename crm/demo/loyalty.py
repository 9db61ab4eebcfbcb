"""Loyalty configuration of the demo: programs, card series, coupon series, unissued cards."""

from datetime import UTC, datetime
from decimal import Decimal

from crm.demo.data_files import read_data
from crm.demo.ids import continue_after
from crm.demo.organization import DemoOrganization, create_rows, raise_refusals
from crm.kernel.transactions import within_unit_of_work
from loyalty.models import (
    CardLabel,
    CardSeries,
    CouponSeries,
    PartnerProgram,
    PartnerTier,
    Program,
    ProgramGroup,
    Promotion,
    Tier,
)
from loyalty.operations.cards.add import NewCard, add_cards
from loyalty.operations.cards.generate import generate_cards
from loyalty.operations.cards.series import create_card_series
from loyalty.queries.programs import clear_program_cache
from loyalty.queries.promotions import clear_promotion_cache

CREATED_AT = datetime(2011, 1, 3, 6, 30, tzinfo=UTC)
TILL = "demo.till"


@within_unit_of_work
def make_programs(demo: DemoOrganization) -> None:
    """Create the program groups, the programs and the partner programs."""
    data = read_data("programs")
    create_rows(ProgramGroup, data["groups"], org=demo.org)
    for row in data["programs"]:
        tiers = row.pop("tiers")
        program = Program.objects.create(org=demo.org, **row)
        for tier in tiers:
            rate = Decimal(tier.pop("earn_rate"))
            Tier.objects.create(program=program, earn_rate=rate, **tier)
    for row in data["partner_programs"]:
        tiers = row.pop("tiers")
        partner = PartnerProgram.objects.create(org=demo.org, **row)
        create_rows(PartnerTier, tiers, partner_program=partner)
    continue_after(ProgramGroup, data["groups"][-1]["id"])
    continue_after(Program, data["programs"][-1]["id"])
    continue_after(PartnerProgram, data["partner_programs"][-1]["id"])
    clear_program_cache(demo.org.pk)


@within_unit_of_work
def make_promotions(demo: DemoOrganization) -> None:
    """Create the promotions; bills that are entered later get them."""
    create_rows(
        Promotion,
        read_data("promotions"),
        org=demo.org,
        created_at=CREATED_AT,
        created_by_id=demo.entity_ids[TILL],
    )
    clear_promotion_cache(demo.org.pk)


@within_unit_of_work
def make_coupon_series(demo: DemoOrganization) -> None:
    """Create the coupon series, under the ids that the reference prints."""
    rows = read_data("coupon_series")
    create_rows(
        CouponSeries,
        rows,
        org=demo.org,
        created_at=CREATED_AT,
        created_by_id=demo.entity_ids[TILL],
    )
    continue_after(CouponSeries, max(row["id"] for row in rows))


@within_unit_of_work
def make_card_series(demo: DemoOrganization) -> None:
    """Create the card labels, and the card series under the ids that the reference prints."""
    data = read_data("cards")
    create_rows(CardLabel, data["labels"], org=demo.org)
    for row in data["series"]:
        continue_after(CardSeries, row.pop("id") - 1)
        create_card_series(origin=demo.origin(TILL, CREATED_AT), data=row)


@within_unit_of_work
def make_cards(demo: DemoOrganization) -> None:
    """Add and generate cards that are issued to nobody yet."""
    data = read_data("cards")
    origin = demo.origin(TILL, CREATED_AT)
    raise_refusals(add_cards(origin=origin, cards=[NewCard(**row) for row in data["unissued"]]))
    for row in data["generated"]:
        generate_cards(origin=origin, **row)
