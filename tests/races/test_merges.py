"""A merge is undone once, and other writes on its customers wait."""

from collections import Counter
from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import unmerge_customers
from customers.models import Customer
from loyalty.models import Enrollment
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.operations.points.post import post_movement
from loyalty.queries.ledger_check import find_ledger_violations
from loyalty.rules.movements import Movement
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program
from tests.card_builders import make_coupon, make_coupon_series
from tests.races.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
LATER = NOON + timedelta(days=1)


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def unmerge(key):
    return unit_of_work(unmerge_customers)(
        origin=make_origin(at=LATER), merge_id=key, reason="Two people after all"
    )


def test_four_members_of_staff_undoing_a_merge_undo_it_once():
    survivor, victim = make_customer(), make_customer()
    key = merge(survivor, victim)

    results = at_once(*[lambda: unmerge(key)] * 4)

    assert Counter(r for r in results if isinstance(r, str)) == {"customers.merge_undone": 3}
    assert not Customer.objects.filter(merged_into__isnull=False).exists()
    assert survivor.identifiers.count() == victim.identifiers.count() == 1


def test_points_that_are_spent_meanwhile_are_spent_once():
    program = make_program(is_default=True)
    spend = unit_of_work(post_movement)
    for _ in range(5):
        survivor = make_enrollment(program=program, points=10)
        victim = make_enrollment(program=program, points=7)
        key = merge(survivor.customer, victim.customer)

        undone, spent = at_once(
            lambda key=key: unmerge(key),
            lambda pk=survivor.customer_id: spend(
                origin=make_origin(at=LATER),
                movement=Movement(customer_id=pk, program_id=program.pk, kind="REDEEM", points=15),
            ),
        )

        left = dict(
            Enrollment.objects.filter(pk__in=[survivor.pk, victim.pk]).values_list("pk", "points")
        )
        if isinstance(undone, str):
            assert undone == "customers.merge_undo_blocked"
            assert left == {survivor.pk: 2, victim.pk: 0}
        else:
            assert spent == "loyalty.insufficient_points"
            assert left == {survivor.pk: 10, victim.pk: 7}
    assert find_ledger_violations() == []


def test_a_coupon_that_moved_is_not_redeemed_by_somebody_else_unseen():
    series = make_coupon_series(any_user=True)
    for _ in range(5):
        survivor, victim, bearer = make_customer(), make_customer(), make_customer()
        coupon = make_coupon(victim, series)
        key = merge(survivor, victim)

        undone, redeemed = at_once(
            lambda key=key: unmerge(key),
            lambda coupon=coupon, bearer=bearer: unit_of_work(redeem_coupon)(
                origin=make_origin(), code=coupon.code, customer_id=bearer.pk
            ),
        )

        assert not isinstance(redeemed, str)
        coupon.refresh_from_db()
        blocked = undone == "customers.merge_undo_blocked"
        assert coupon.customer_id == (survivor.pk if blocked else victim.pk)
        assert coupon.redemption_count == 1
