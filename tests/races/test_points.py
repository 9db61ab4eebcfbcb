"""Concurrent movements of a customer's points never spend them twice (contract, section 7)."""

from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from customers.operations.customers.lock import lock_customers
from customers.operations.merge.journal import Journal
from loyalty.errors import ReferenceUsedOtherwise
from loyalty.models import Enrollment, PointsEntry, Transaction
from loyalty.operations.effects import record_effects, run_effects
from loyalty.operations.enrollments.enroll import enroll_customer
from loyalty.operations.merge.points import merge_points
from loyalty.operations.points.post import post_movement, post_movements
from loyalty.operations.points.scheduled import expire_points
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.effects import EffectRequest
from loyalty.rules.enrollments import EnrollmentRequest
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program
from tests.races.threads import at_once

pytestmark = [
    pytest.mark.races,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sums_hold"),
]

DAY = timedelta(days=1)


def redeem(member, points, at=NOON, reference=""):
    return unit_of_work(post_movement)(
        origin=make_origin(member.customer.org, at=at),
        movement=Movement(
            customer_id=member.customer_id,
            program_id=member.program_id,
            kind="REDEEM",
            points=points,
            reference=reference,
        ),
    )


def test_the_last_points_go_to_one_of_many_tills():
    member = make_enrollment(points=10)

    results = at_once(*[lambda: redeem(member, 10)] * 8)

    member.refresh_from_db()
    assert (member.points, member.redeemed) == (0, 10)
    assert results.count("loyalty.insufficient_points") == 7


def test_small_redemptions_share_what_there_is():
    member = make_enrollment(points=10)

    results = at_once(*[lambda: redeem(member, 3)] * 8)

    member.refresh_from_db()
    assert (member.points, results.count("loyalty.insufficient_points")) == (1, 5)


def test_one_reference_is_worked_off_once():
    member = make_enrollment(points=10)

    results = at_once(*[lambda: redeem(member, 3, reference="r-1")] * 6)

    member.refresh_from_db()
    assert member.points == 7
    assert sorted(posted.is_repeat for posted in results) == [False] + [True] * 5


def test_one_reference_serves_one_of_many_customers():
    program = make_program()
    members = [make_enrollment(program=program, points=10) for _ in range(8)]

    results = at_once(
        *(lambda member=member: redeem(member, 3, reference="r-1") for member in members)
    )

    assert results.count("loyalty.reference_used_otherwise") == 7
    assert PointsEntry.objects.filter(reference="r-1").count() == 1
    assert sorted(Enrollment.objects.values_list("points", flat=True)) == [7, *[10] * 7]


def test_lists_that_share_references_divide_them():
    program = make_program()
    members = [make_enrollment(program=program, points=10) for _ in range(4)]
    references = [f"r-{number}" for number in range(10)]

    def redeem_all(member, turned):
        return unit_of_work(post_movements)(
            origin=make_origin(),
            movements=[
                Movement(
                    customer_id=member.customer_id,
                    program_id=program.pk,
                    kind="REDEEM",
                    points=1,
                    reference=reference,
                )
                for reference in (reversed(references) if turned else references)
            ],
        )

    lists = at_once(
        *(
            lambda member=member, turned=number % 2: redeem_all(member, turned)
            for number, member in enumerate(members)
        )
    )

    outcomes = [posted for results in lists for posted in results]
    assert len([posted for posted in outcomes if posted.refusal is None]) == 10
    assert {posted.refusal.code for posted in outcomes if posted.refusal} == {
        "loyalty.reference_used_otherwise"
    }
    redeemed = PointsEntry.objects.filter(kind="REDEEM")
    assert sorted(redeemed.values_list("reference", flat=True)) == references
    assert sum(Enrollment.objects.values_list("points", flat=True)) == 30


def test_expiring_while_redeeming_takes_each_point_once():
    program = make_program()
    members = [make_enrollment(program=program, points=5, expires_at=NOON) for _ in range(20)]
    for member in members:
        make_more(member)

    at_once(
        lambda: unit_of_work(expire_points)(now=NOON + DAY),
        lambda: unit_of_work(expire_points)(now=NOON + DAY),
        *(lambda part=part: [redeem(m, 4, NOON + DAY) for m in part]
          for part in (members[::2], members[1::2], members[::-2])),
    )  # fmt: skip

    for member in Enrollment.objects.all():
        assert member.expired == 5
        assert member.points + member.redeemed == 20


def make_more(member):
    unit_of_work(post_movement)(
        origin=make_origin(),
        movement=Movement(
            customer_id=member.customer_id, program_id=member.program_id, kind="BONUS", points=20
        ),
    )


def test_transfers_both_ways_end_well():
    program = make_program()
    first, second = (make_enrollment(program=program, points=50) for _ in range(2))

    def give(giver, taker):
        for _ in range(5):
            unit_of_work(transfer_points)(
                origin=make_origin(),
                transfer=Transfer(
                    from_customer_id=giver.customer_id,
                    to_customer_id=taker.customer_id,
                    program_id=program.pk,
                    points=1,
                ),
            )

    at_once(*[lambda: give(first, second), lambda: give(second, first)] * 3)

    assert sum(Enrollment.objects.values_list("points", flat=True)) == 100
    assert PointsEntry.objects.filter(kind="TRANSFER_OUT").count() == 30


def test_one_form_sent_many_times_at_once_transfers_once():
    program = make_program()
    first, second = (make_enrollment(program=program, points=50) for _ in range(2))
    transfer = Transfer(
        from_customer_id=first.customer_id,
        to_customer_id=second.customer_id,
        program_id=program.pk,
        points=10,
        reference="form-1",
    )

    results = at_once(
        *[lambda: unit_of_work(transfer_points)(origin=make_origin(), transfer=transfer)] * 6
    )

    assert sorted(result.is_repeat for result in results) == [False] + [True] * 5
    assert {(result.from_balance, result.to_balance) for result in results} == {(40, 60)}


def test_one_reference_serves_one_of_the_transfers_that_use_it_at_once():
    program = make_program()
    members = [make_enrollment(program=program, points=50) for _ in range(8)]

    def give(giver, taker):
        transfer = Transfer(
            from_customer_id=giver.customer_id,
            to_customer_id=taker.customer_id,
            program_id=program.pk,
            points=10,
            reference="form-1",
        )
        try:
            unit_of_work(transfer_points)(origin=make_origin(), transfer=transfer)
        except ReferenceUsedOtherwise:
            return "refused"
        return "done"

    results = at_once(
        *(lambda pair=pair: give(*pair) for pair in zip(members[:4], members[4:], strict=True))
    )

    assert sorted(results) == ["done", "refused", "refused", "refused"]
    assert PointsEntry.objects.filter(kind="TRANSFER_OUT").count() == 1


def test_a_customer_is_enrolled_once():
    program, customer = make_program(registration_bonus=5), make_customer()
    joining = EnrollmentRequest(customer_id=customer.pk, program_id=program.pk, earns_bonus=True)

    results = at_once(
        *[lambda: unit_of_work(enroll_customer)(origin=make_origin(), request=joining)] * 6
    )

    assert sorted(enrolled.is_new for enrolled in results) == [False] * 5 + [True]
    assert Enrollment.objects.get().points == 5


def test_a_bill_is_entered_once():
    member = make_enrollment(program=make_program(is_default=True))
    sale = Sale(customer_id=member.customer_id, number="1", amount=10)
    strangers = [Sale(number="2", type="NOT_INTERESTED", amount=1) for _ in range(4)]

    results = at_once(
        *(
            lambda sale=sale: unit_of_work(enter_transaction)(origin=make_origin(), sale=sale)
            for sale in [sale] * 4 + strangers
        )
    )

    member.refresh_from_db()
    assert (member.points, Transaction.objects.count()) == (10, 2)
    assert results.count("loyalty.transaction_known") == 6


def test_an_effect_is_run_once():
    make_program(is_default=True, registration_bonus=5)
    order = EffectRequest(customer_id=make_customer().pk, enrolls_in_default=True, earns_bonus=True)
    ids = unit_of_work(record_effects)(origin=make_origin(), requests=[order])

    results = at_once(
        *[lambda: unit_of_work(run_effects)(origin=make_origin(), effect_ids=ids)] * 5
    )

    assert Enrollment.objects.get().points == 5
    assert all(outcome.is_done and outcome.result.points for [outcome] in results)


def test_points_that_are_spent_during_a_merge_are_spent_once():
    program = make_program()
    survivor, victim = (make_enrollment(program=program, points=10) for _ in range(2))

    def merge():
        lock_customers([survivor.customer_id, victim.customer_id])
        journal = Journal.open(
            origin=make_origin(),
            survivor_id=survivor.customer_id,
            victim_id=victim.customer_id,
            cause="REQUEST",
        )
        merge_points(
            journal=journal,
            survivor_id=survivor.customer_id,
            victim_id=victim.customer_id,
        )
        return journal.close()

    results = at_once(
        lambda: unit_of_work(merge)(),
        lambda: redeem(victim, 10),
        lambda: redeem(survivor, 10),
        lambda: redeem(victim, 10),
    )

    survivor.refresh_from_db()
    victim.refresh_from_db()
    spent_count = 3 - results.count("loyalty.insufficient_points")
    assert victim.points == 0
    assert survivor.points == 20 - 10 * spent_count
