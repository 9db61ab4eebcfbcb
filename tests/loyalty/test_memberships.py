"""What a customer has in each program ..."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from loyalty.errors import ProgramUnknown
from loyalty.models import PartnerMembership, PartnerProgram, PartnerTier, Program, ProgramGroup
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.queries.enrollments.memberships import (
    LinkedPartner,
    group_memberships,
    list_memberships,
)
from loyalty.queries.points.points import (
    ExpiredPoints,
    ExpirySchedule,
    PromotionalPoints,
    TierChangeLine,
    TransferLine,
    TransferSide,
    list_expired_points,
    list_expiry_schedules,
    list_promotional_points,
    list_tier_changes,
    list_transfers,
)
from loyalty.queries.programs import clear_program_cache
from loyalty.rules.movements import Movement
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_store,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def post(member, kind, points, at=NOON, **attributes):
    unit_of_work(post_movement)(
        origin=make_origin(at=at),
        movement=Movement(
            customer_id=member.customer_id,
            program_id=member.program_id,
            kind=kind,
            points=points,
            **attributes,
        ),
    )


def list_of_member(member, now=NOON, **attributes):
    return list_memberships(
        org_id=member.org_id, customer_id=member.customer_id, now=now, **attributes
    )


def test_is_told_with_numbers_that_add_up(django_assert_num_queries):
    member = make_enrollment(points=100)
    second = make_enrollment(member.customer, make_program(), points=1, tier=3)
    post(member, "REDEEM", Decimal("40.11"))
    post(member, "BONUS", 950, expires_at=NOON + DAY)
    post(member, "AWARD", 5, purchases=1_500)

    with django_assert_num_queries(1):
        first, other = list_of_member(member, now=NOON + 2 * DAY)

    assert (first.points, first.lifetime, first.redeemed) == (
        Decimal("1014.89"),
        1_055,
        Decimal("40.11"),
    )
    # 950 are over, though no sweep came by yet.
    assert first.available == Decimal("64.89")
    assert (first.purchases, first.tier.name, first.next_tier.name) == (1_500, "GOLD", "PLATINUM")
    assert (other.points, other.tier.serial, other.next_tier) == (1, 3, None)
    assert (first.loyalty_id, other.loyalty_id) == (member.pk, member.pk)
    assert [m.program.id for m in list_of_member(member, program_id=second.program_id)] == [
        second.program_id
    ]


def test_is_nothing_for_a_stranger_and_refused_for_an_unknown_program():
    member = make_enrollment()
    stranger = make_organization()

    assert list_memberships(org_id=stranger.pk, customer_id=member.customer_id, now=NOON) == []
    assert list_memberships(org_id=member.org_id, customer_id=2**70, now=NOON) == []
    with pytest.raises(ProgramUnknown):
        list_of_member(member, program_id=2**70)


def test_shows_partners_with_their_tiers(django_assert_num_queries):
    member = make_enrollment()
    tiered, plain = (
        PartnerProgram.objects.create(
            org_id=member.org_id, program=member.program, name=name, is_tier_based=tier
        )
        for name, tier in (("1stProgram", True), ("NoTier", False))
    )
    tier = PartnerTier.objects.create(partner_program=tiered, serial=1, name="1stSlab")
    PartnerMembership.objects.create(
        enrollment=member,
        partner_program=tiered,
        membership_id="916",
        tier=tier,
        tier_expires_at=NOON,
    )
    PartnerMembership.objects.create(enrollment=member, partner_program=plain, membership_id="9")

    list_of_member(member)
    with django_assert_num_queries(2):
        [membership] = list_of_member(member, with_partners=True)

    assert membership.partners == [
        LinkedPartner(tiered.pk, "1stProgram", "", "EXTERNAL", True, "916", 1, "1stSlab", NOON),
        LinkedPartner(plain.pk, "NoTier", "", "EXTERNAL", False, "9", None, None, None),
    ]


def test_counts_a_group_as_one():
    member = make_enrollment(points=10)
    second = make_enrollment(member.customer, make_program(), points=5)
    make_enrollment(member.customer, make_program(), points=1)
    group = ProgramGroup.objects.create(org_id=member.org_id, title="All")
    Program.objects.filter(pk__in=[member.program_id, second.program_id]).update(group=group)
    clear_program_cache(member.org_id)

    [groups] = group_memberships(org_id=member.org_id, memberships=list_of_member(member))

    assert (groups.group_id, groups.title, groups.points, groups.lifetime) == (
        group.pk,
        "All",
        15,
        15,
    )
    assert [program.id for program in groups.programs] == [member.program_id, second.program_id]


def test_says_what_expires_when_and_what_did(django_assert_num_queries):
    member = make_enrollment(points=10)
    post(member, "BONUS", 5, expires_at=NOON + 2 * DAY)
    post(member, "OPENING", 3, expires_at=NOON + DAY)
    post(member, "OPENING", 4, expires_at=NOON + DAY)
    post(member, "OPENING", 6, expires_at=NOON - DAY)
    moment = {"org_id": member.org_id, "customer_id": member.customer_id}
    program = member.program_id

    with django_assert_num_queries(1):
        schedules = list_expiry_schedules(**moment, now=NOON)

    soon = ExpirySchedule(program, NOON + DAY, "REGULAR", 7)
    later = ExpirySchedule(program, NOON + 2 * DAY, "BONUS", 5)
    assert schedules == [soon, later]
    assert list_expiry_schedules(**moment, now=NOON, earliest_only=True) == [soon]
    assert list_expiry_schedules(**moment, now=NOON, start=NOON + 2 * DAY) == [later]
    assert list_expiry_schedules(**moment, now=NOON, end=NOON + DAY) == [soon]
    assert list_expiry_schedules(**moment, now=NOON, program_ids=[0]) == []
    assert list_expired_points(**moment) == [ExpiredPoints(program, NOON - DAY, 6)]


def test_says_which_promotion_gave_what():
    store = make_store(name="store 10")
    member = make_enrollment(points=1)
    post(member, "GOODWILL", 200, issued_by_id=store.pk, expires_at=NOON + DAY)

    assert list_promotional_points(org_id=member.org_id, customer_id=member.customer_id) == [
        PromotionalPoints(
            program_id=member.program_id,
            points=200,
            remaining=200,
            issued_at=NOON,
            issued_by_code=store.code,
            issued_by_name="store 10",
            expires_at=NOON + DAY,
            promotion="Goodwill Promotion",
            scope="CUSTOMER",
            source_type="GOODWILL",
            source_id=-1,
        )
    ]


def test_shows_a_transfer_from_both_sides(django_assert_num_queries):
    giver = make_enrollment(
        make_customer(first_name="Tom", last_name="Sawyer"), make_program("Nightly"), points=20
    )
    taker = make_enrollment(make_customer(first_name="James", last_name="Thomas"), giver.program)
    transferred = unit_of_work(transfer_points)(
        origin=make_origin(),
        transfer=Transfer(
            from_customer_id=giver.customer_id,
            to_customer_id=taker.customer_id,
            points=15,
            program_id=giver.program_id,
        ),
    )

    with django_assert_num_queries(2):
        [gone] = list_transfers(org_id=giver.org_id, customer_id=giver.customer_id)
    [incoming] = list_transfers(org_id=giver.org_id, customer_id=taker.customer_id)

    sides = (
        TransferSide(giver.customer_id, "Tom", "Sawyer"),
        TransferSide(taker.customer_id, "James", "Thomas"),
    )
    assert gone == TransferLine(
        transferred.transfer_id, "DEDUCTION", NOON, Decimal(15), *sides, "", "Nightly"
    )
    assert incoming == TransferLine(
        transferred.transfer_id, "ADDITION", NOON, Decimal(15), *sides, "", "Nightly"
    )
    assert list_transfers(org_id=0, customer_id=giver.customer_id) == []


def test_remembers_how_tiers_changed():
    member = make_enrollment()
    post(member, "AWARD", 1, purchases=1_000)

    member.refresh_from_db()
    assert list_tier_changes(org_id=member.org_id, customer_id=member.customer_id) == [
        TierChangeLine(member.program_id, "SILVER", "GOLD", "LIFTED", NOON, member.tier_expires_at)
    ]
