"""Merging the victim's loyalty into the survivor's ..."""

from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from customers.models import MergeJournalRow
from customers.operations.customers.lock import lock_customers
from customers.operations.merge.journal import Journal
from loyalty.models import PartnerMembership, PartnerProgram, PointsTransfer
from loyalty.operations.merge.points import merge_points
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)


def merge(survivor, victim):
    def merge():
        origin = make_origin(survivor.org)
        lock_customers([survivor.pk, victim.pk])
        journal = Journal.open(
            origin=origin, survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
        )
        merge_points(journal=journal, survivor_id=survivor.pk, victim_id=victim.pk)
        return journal.close()

    return unit_of_work(merge)()


def post(member, kind, points, **attributes):
    unit_of_work(post_movement)(
        origin=make_origin(),
        movement=Movement(
            customer_id=member.customer_id,
            program_id=member.program_id,
            kind=kind,
            points=points,
            **attributes,
        ),
    )


def test_adds_the_balances_of_a_program_that_both_are_in():
    program = make_program()
    survivor = make_enrollment(program=program, points=10)
    victim = make_enrollment(program=program, points=7, expires_at=NOON + DAY)
    post(victim, "ADJUST", -2)
    post(victim, "AWARD", 5, purchases=5)

    merge(survivor.customer, victim.customer)

    survivor.refresh_from_db()
    victim.refresh_from_db()
    assert (survivor.points, survivor.lifetime, survivor.adjusted, survivor.purchases) == (
        20,
        22,
        -2,
        5,
    )
    assert (victim.points, victim.lifetime, victim.adjusted, victim.purchases) == (0, 0, 0, 0)
    assert (survivor.entries.count(), victim.entries.count()) == (4, 0)
    post(survivor, "REDEEM", 20)


def test_gives_the_survivor_a_membership_that_only_the_victim_had():
    survivor, member = make_customer(), make_enrollment(points=7)
    victim = member.customer

    merge(survivor, victim)

    member.refresh_from_db()
    assert (member.customer, member.points) == (survivor, 7)


def test_lets_the_higher_tier_hold_until_it_expires():
    program = make_program()
    survivor = make_enrollment(program=program, tier=1)
    victim = make_enrollment(program=program, tier=3, tier_expires_at=NOON + DAY)

    merge(survivor.customer, victim.customer)

    survivor.refresh_from_db()
    assert (survivor.tier.serial, survivor.tier_expires_at) == (3, NOON + DAY)
    [change] = survivor.tier_changes.all()
    assert (change.previous_tier.serial, change.tier.serial, change.reason) == (1, 3, "MERGED")


def test_lifts_the_tier_where_both_together_reach_it():
    program = make_program()
    survivor, victim = make_enrollment(program=program), make_enrollment(program=program)
    post(survivor, "AWARD", 1, purchases=600)
    post(victim, "AWARD", 1, purchases=400)

    merge(survivor.customer, victim.customer)

    survivor.refresh_from_db()
    assert (survivor.tier.serial, survivor.purchases) == (2, 1_000)


def test_moves_transactions_and_transfers():
    program = make_program(is_default=True)
    survivor = make_enrollment(program=program)
    victim = make_enrollment(program=program)
    friend = make_enrollment(program=program)
    bill = unit_of_work(enter_transaction)(
        origin=make_origin(),
        sale=Sale(customer_id=victim.customer_id, number="1", amount=100),
    )
    unit_of_work(transfer_points)(
        origin=make_origin(),
        transfer=Transfer(
            from_customer_id=victim.customer_id, to_customer_id=friend.customer_id, points=30
        ),
    )

    merge(survivor.customer, victim.customer)
    back = unit_of_work(enter_transaction)(
        origin=make_origin(),
        sale=Sale(
            customer_id=survivor.customer_id,
            number="r",
            type="RETURN",
            returned_id=bill.transaction_id,
            amount=50,
        ),
    )

    assert PointsTransfer.objects.get().from_customer == survivor.customer
    assert (back.points_result.points, back.points_result.balance) == (-50, 20)


def test_keeps_the_survivors_own_number_with_a_partner():
    program = make_program()
    survivor, victim = make_enrollment(program=program), make_enrollment(program=program)
    shared, victim_only = (
        PartnerProgram.objects.create(org_id=program.org_id, program=program, name=name)
        for name in ("both", "one")
    )
    for member, partner, number in [
        (survivor, shared, "s"),
        (victim, shared, "v"),
        (victim, victim_only, "v"),
    ]:
        PartnerMembership.objects.create(
            enrollment=member, partner_program=partner, membership_id=number
        )

    merge(survivor.customer, victim.customer)

    assert sorted(
        survivor.partner_memberships.values_list("partner_program__name", "membership_id")
    ) == [("both", "s"), ("one", "v")]


def test_writes_into_the_journal_what_each_row_held():
    program = make_program()
    survivor = make_enrollment(program=program, points=10)
    victim = make_enrollment(program=program, points=7)

    journal = merge(survivor.customer, victim.customer)

    rows = MergeJournalRow.objects.filter(journal=journal)
    noted = rows.get(model="loyalty.Enrollment", row=victim.pk)
    assert (noted.before["points"], noted.after["points"]) == ("7.000", "0")
    assert set(rows.values_list("model", flat=True)) == {
        "loyalty.Enrollment",
        "loyalty.PointsEntry",
        "loyalty.PointsLot",
    }
