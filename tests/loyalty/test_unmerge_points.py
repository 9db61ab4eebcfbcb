"""Unmerging a customer's loyalty ..."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from customers import errors
from loyalty.models import Coupon, Effect
from loyalty.operations.cards.delink import DelinkRequest, delink_cards
from loyalty.operations.coupons.redeem import redeem_coupon, revoke_coupon
from loyalty.operations.effects import run_effects
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.scheduled import expire_points, mature_points, review_tiers
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program
from tests.card_builders import make_card, make_coupon
from tests.crm.dumping import dump_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]
DAY = timedelta(days=1)
LATER = NOON + 30 * DAY


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def unmerge(key):
    return unit_of_work(unmerge_customers)(
        origin=make_origin(at=LATER), merge_id=key, reason="A mistake"
    )


def post(customer, program, kind, points, at=LATER, **facts):
    unit_of_work(post_movement)(
        origin=make_origin(at=at),
        movement=Movement(
            customer_id=customer.pk, program_id=program.pk, kind=kind, points=points, **facts
        ),
    )


def assert_refused(key, kind, words):
    """Preview and undo name what is in the way, and nothing changes."""
    before = dump_rows()
    with pytest.raises(errors.MergeUndoBlocked) as refusal:
        unmerge(key)
    assert refusal.value.facts == {"blockers": words}
    assert dump_rows() == before
    plan = plan_unmerge(org_id=make_origin().org.pk, merge_id=key)
    assert [(b.kind, b.message) for b in plan.blockers] == [(kind, words)]


@pytest.fixture
def program():
    return make_program("Stars", is_default=True)


def make_two_enrollments(program, survivor=10, victim=7, **facts):
    """Two members of a program, of whom the second has points that expire first."""
    kept = make_enrollment(program=program, points=survivor)
    merged = make_enrollment(program=program, points=victim, expires_at=NOON + 5 * DAY, **facts)
    return kept, merged


def test_is_refused_when_points_that_moved_were_redeemed(program):
    kept, merged = make_two_enrollments(program)
    key = merge(kept.customer, merged.customer)
    post(kept.customer, program, "REDEEM", 3, at=NOON)

    assert_refused(key, "points", "3 points of Stars that moved were redeemed since.")


def test_is_refused_when_points_that_moved_expired(program):
    kept, merged = make_two_enrollments(program)
    key = merge(kept.customer, merged.customer)
    unit_of_work(expire_points)(now=LATER)

    assert_refused(key, "points", "7 points of Stars that moved expired since.")


def test_is_refused_when_points_that_moved_became_spendable():
    program = make_program("Stars", is_default=True, delay_days=3)
    kept, merged = make_enrollment(program=program), make_enrollment(program=program)
    unit_of_work(enter_transaction)(
        origin=make_origin(), sale=Sale(customer_id=merged.customer_id, number="1", amount=40)
    )
    key = merge(kept.customer, merged.customer)
    unit_of_work(mature_points)(now=LATER)

    assert_refused(key, "points", "40 points of Stars that moved became spendable since.")


def test_leaves_points_that_were_earned_and_spent_since_with_the_survivor(program):
    kept = make_enrollment(program=program, points=10, expires_at=LATER + DAY)
    merged = make_enrollment(program=program, points=7)
    key = merge(kept.customer, merged.customer)
    post(kept.customer, program, "AWARD", 5, expires_at=LATER + 2 * DAY)
    post(kept.customer, program, "REDEEM", 12)

    plan = unmerge(key)

    kept.refresh_from_db()
    merged.refresh_from_db()
    assert plan.points == [("Stars", Decimal(7))]
    assert (kept.points, kept.lifetime, kept.redeemed) == (3, 15, 12)
    assert (merged.points, merged.lifetime, merged.redeemed) == (7, 7, 0)


def test_is_refused_when_a_membership_that_moved_was_used(program):
    survivor, member = make_customer(), make_enrollment(program=program, points=7)
    key = merge(survivor, member.customer)
    post(survivor, program, "AWARD", 5)

    assert_refused(key, "points", "The membership of Stars, which moved, was used since.")


def test_lets_time_go_on_for_a_membership_that_moved(program):
    survivor = make_customer()
    member = make_enrollment(program=program, points=7, expires_at=NOON + 5 * DAY)
    victim = member.customer
    key = merge(survivor, victim)
    unit_of_work(expire_points)(now=LATER)

    unmerge(key)

    member.refresh_from_db()
    assert (member.customer, member.points, member.expired) == (victim, 0, 7)


def test_keeps_a_tier_that_the_survivor_reached_since_and_gives_the_victim_theirs_back(program):
    kept = make_enrollment(program=program)
    merged = make_enrollment(program=program, tier=2, tier_expires_at=NOON + 5 * DAY)
    post(kept.customer, program, "AWARD", 1, at=NOON, purchases=300)
    post(merged.customer, program, "AWARD", 1, at=NOON, purchases=2_000)
    key = merge(kept.customer, merged.customer)
    post(kept.customer, program, "AWARD", 1, at=NOON, purchases=3_000)
    unit_of_work(review_tiers)(now=LATER)

    unmerge(key)

    kept.refresh_from_db()
    merged.refresh_from_db()
    assert (kept.tier.serial, kept.purchases) == (3, 3_300)
    assert kept.tier_basis <= kept.purchases
    assert (merged.tier.serial, merged.tier_expires_at, merged.purchases) == (
        2,
        NOON + 5 * DAY,
        2_000,
    )


def test_is_refused_when_a_coupon_that_moved_was_redeemed():
    survivor, victim = make_customer(), make_customer()
    coupon = make_coupon(victim)
    key = merge(survivor, victim)
    unit_of_work(redeem_coupon)(origin=make_origin(), code=coupon.code, customer_id=survivor.pk)

    assert_refused(key, "coupons", f"The coupon {coupon.code} was redeemed since.")


def test_is_refused_when_a_coupon_that_moved_was_revoked():
    survivor, victim = make_customer(), make_customer()
    coupon = make_coupon(victim)
    key = merge(survivor, victim)
    unit_of_work(revoke_coupon)(origin=make_origin(), coupon_id=coupon.pk, reason="Sent twice")

    assert_refused(key, "coupons", f"The coupon {coupon.code} was revoked since.")


def test_leaves_a_coupon_that_came_since_with_the_survivor():
    survivor, victim = make_customer(), make_customer()
    old = make_coupon(victim)
    key = merge(survivor, victim)
    new = make_coupon(survivor)

    unmerge(key)

    assert dict(Coupon.objects.values_list("pk", "customer_id")) == {
        old.pk: victim.pk,
        new.pk: survivor.pk,
    }


def test_is_refused_when_a_card_that_moved_was_taken_back():
    survivor, victim = make_customer(), make_customer()
    card = make_card(customer=victim)
    key = merge(survivor, victim)
    [delinked] = unit_of_work(delink_cards)(
        origin=make_origin(), requests=[DelinkRequest(number=card.number, customer_id=survivor.pk)]
    )
    assert delinked.refusal is None

    plan = plan_unmerge(org_id=survivor.org_id, merge_id=key)

    assert ("cards", f"The card {card.number} was taken back since.") in [
        (b.kind, b.message) for b in plan.blockers
    ]
    with pytest.raises(errors.MergeUndoBlocked):
        unmerge(key)


def test_is_refused_when_goods_of_a_bill_that_moved_came_back(program):
    survivor, victim = make_customer(), make_customer()
    bill = unit_of_work(enter_transaction)(
        origin=make_origin(),
        sale=Sale(customer_id=victim.pk, number="b-1", type="NOT_INTERESTED", amount=40),
    )
    key = merge(survivor, victim)
    unit_of_work(enter_transaction)(
        origin=make_origin(at=LATER),
        sale=Sale(
            customer_id=survivor.pk,
            number="b-2",
            type="RETURN",
            returned_id=bill.transaction_id,
            amount=40,
        ),
    )

    assert_refused(key, "bills", "Goods of the bill b-1, which moved, were brought back since.")


def test_is_refused_when_a_welcome_that_moved_was_carried_out_for_the_survivor():
    survivor, victim = make_customer(), make_customer()
    effect = Effect.objects.create(
        org=victim.org,
        customer=victim,
        kind="REGISTRATION",
        payload={"joinings": [], "joins_default": False},
        recorded_at=NOON,
        due_at=NOON,
    )
    key = merge(survivor, victim)
    unit_of_work(run_effects)(origin=make_origin(), effect_ids=[effect.pk])

    assert_refused(
        key,
        "edited",
        "What follows from a registration, which moved, was done for the survivor since.",
    )
