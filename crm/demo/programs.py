"""The loyalty programs of the documents, their tiers, and what partners run beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.demo.ids import continue_after
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from loyalty.models import PartnerProgram, PartnerTier, Program, ProgramGroup, Tier
from loyalty.queries.programs import clear_program_cache

DEFAULT_PROGRAM = 1016
WELCOME_SERIES = 363654
REGISTRATION_BONUS = Decimal(100)
NAMES = ("SILVER", "GOLD", "PLATINUM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """A program: what lifts a member to GOLD and PLATINUM, and points per unit on each step."""

    id: int
    name: str
    description: str
    lifts_at: tuple[int, int]
    rates: tuple[str, str, str]
    rule: str = "LIFETIME_PURCHASES"
    group: int | None = None
    delay_days: int = 0
    # Of the points; neither: they stay for ever.
    days: int | None = None
    last_day: date | None = None
    # For how long a higher tier holds, and what must come in meanwhile to keep it.
    tier_days: int | None = None
    keeps_at: int | None = None


LADDERS = (
    Ladder(
        id=622,
        name="Bond Street Circle",
        description="For those who shop in London",
        lifts_at=(20_000, 50_000),
        rates=("0.1", "0.12", "0.15"),
        delay_days=14,
    ),
    Ladder(
        id=687,
        name="Travel Miles",
        description="Miles that are counted until the end of the year",
        lifts_at=(5_000, 20_000),
        rates=("0.2", "0.25", "0.3"),
        rule="LIFETIME_POINTS",
        last_day=date(2016, 12, 31),
    ),
    Ladder(
        id=DEFAULT_PROGRAM,
        name="Demo Rewards",
        description="The default program of Demo Brand",
        lifts_at=(20_000, 75_000),
        rates=("0.05", "0.075", "0.1"),
        days=365,
        tier_days=365,
        keeps_at=8_000,
    ),
    Ladder(
        id=1219,
        name="Fashion Club",
        description="Fashion Club",
        lifts_at=(50_000, 200_000),
        rates=("0.1", "0.1", "0.12"),
        days=1_825,
    ),
    Ladder(
        id=1223,
        name="Home Club",
        description="Home Club",
        lifts_at=(10_000, 40_000),
        rates=("0.05", "0.05", "0.06"),
    ),
    Ladder(
        id=1414,
        name="Group Rewards",
        description="What all brands of the group share",
        lifts_at=(50_000, 250_000),
        rates=("0.01", "0.015", "0.02"),
        group=1414,
    ),
    Ladder(
        id=1422,
        name="Group Hotels",
        description="Nights in the hotels of the group",
        lifts_at=(1_000, 5_000),
        rates=("0.05", "0.06", "0.08"),
        rule="LIFETIME_POINTS",
        group=1414,
    ),
)
# Number, name, and the tiers where there are any; both are linked to program 622.
PARTNERS: Sequence[tuple[int, str, Sequence[str]]] = (
    (5, "Sky Alliance", ("Blue", "Gold")),
    (11, "Museum Friends", ()),
)


@within_unit_of_work
def make_programs(org: Organization) -> None:
    """Set up every program, in the order of the numbers; welcome coupons have their series."""
    group = ProgramGroup.objects.create(
        pk=1414,
        org=org,
        title="Group Rewards",
        description="The programs of the group, with their points counted as one",
    )
    for ladder in LADDERS:
        is_default = ladder.id == DEFAULT_PROGRAM
        program = Program.objects.create(
            pk=ladder.id,
            org=org,
            group=group if ladder.group else None,
            name=ladder.name,
            description=ladder.description,
            is_default=is_default,
            tier_rule=ladder.rule,
            points_expiry=_expiry(ladder),
            expires_on=ladder.last_day,
            expires_after_days=ladder.days,
            delay_days=ladder.delay_days,
            registration_bonus=REGISTRATION_BONUS if is_default else 0,
            welcome_series_id=WELCOME_SERIES if is_default else None,
        )
        _make_tiers(program, ladder)
    for pk, name, tiers in PARTNERS:
        partner = PartnerProgram.objects.create(
            pk=pk,
            org=org,
            program_id=622,
            name=name,
            description=f"{name} of our partners",
            is_tier_based=bool(tiers),
        )
        for serial, tier in enumerate(tiers, 1):
            PartnerTier.objects.create(partner_program=partner, serial=serial, name=tier)
    continue_after(ProgramGroup, group.pk)
    continue_after(Program, LADDERS[-1].id)
    continue_after(PartnerProgram, PARTNERS[-1][0])
    clear_program_cache(org.pk)


def _make_tiers(program: Program, ladder: Ladder) -> None:
    steps = zip(NAMES, (0, *ladder.lifts_at), ladder.rates, strict=True)
    for serial, (name, threshold, rate) in enumerate(steps, 1):
        # The lowest has nothing below it.
        ends = serial > 1
        Tier.objects.create(
            program=program,
            serial=serial,
            name=name,
            description=f"{name.capitalize()} of {program.name}",
            threshold=threshold,
            earn_rate=Decimal(rate),
            validity_days=ladder.tier_days if ends else None,
            renewal_threshold=ladder.keeps_at if ends else None,
        )


def _expiry(ladder: Ladder) -> str:
    if ladder.last_day is not None:
        return Program.PointsExpiry.FIXED
    return Program.PointsExpiry.NEVER if ladder.days is None else Program.PointsExpiry.ROLLING
