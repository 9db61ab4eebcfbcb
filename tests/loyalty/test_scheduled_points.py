"""A scheduled task ..."""

from datetime import timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from loyalty.models import PointsEntry, Tier
from loyalty.operations.points.post import post_movements
from loyalty.operations.points.scheduled import expire_points, mature_points, review_tiers
from loyalty.queries.programs import clear_program_cache
from loyalty.rules.movements import Movement
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def run_scheduled(do, now, **attributes):
    return unit_of_work(do)(now=now, **attributes)


def balances(member, *names):
    member.refresh_from_db()
    return tuple(getattr(member, name) for name in names)


def test_expires_points_after_their_last_second_and_once():
    member = make_enrollment(points=10, expires_at=NOON)
    kept_points = make_enrollment(program=member.program, points=7, expires_at=NOON + DAY)

    assert run_scheduled(expire_points, NOON) == 0
    assert run_scheduled(expire_points, NOON + SECOND) == 1
    assert run_scheduled(expire_points, NOON + SECOND) == 0

    assert balances(member, "points", "expired", "lifetime") == (0, 10, 10)
    assert balances(kept_points, "points", "expired") == (7, 0)
    entry = PointsEntry.objects.get(kind="EXPIRE")
    assert (entry.points, entry.happened_at, entry.recorded_at) == (-10, NOON, NOON + SECOND)
    event = Event.objects.get(kind="points.expire")
    assert (event.door, event.actor, event.subject_id) == ("WORKER", None, member.customer_id)


def test_goes_from_organization_to_organization_and_ends():
    other = make_customer(make_organization())
    make_enrollment(points=1, expires_at=NOON)
    make_enrollment(other, points=1, expires_at=NOON)
    make_enrollment(points=1, expires_at=NOON)

    handled = []
    while count := run_scheduled(expire_points, NOON + DAY):
        handled.append(count)

    assert sorted(handled) == [1, 2]


def test_does_as_much_as_it_is_told_in_as_many_queries(django_assert_max_num_queries):
    program = make_program()
    for _ in range(5):
        make_enrollment(program=program, points=1, expires_at=NOON)

    with django_assert_max_num_queries(13):
        assert run_scheduled(expire_points, NOON + DAY, at_most=3) == 3
    assert run_scheduled(expire_points, NOON + DAY, at_most=3) == 2


def test_lets_delayed_points_mature_unless_they_are_over_before():
    program = make_program(is_default=True, delay_days=3)
    member = make_enrollment(program=program)
    unit_of_work(post_movements)(
        origin=make_origin(),
        movements=[
            Movement(
                customer_id=member.customer_id,
                kind="AWARD",
                points=points,
                transaction_id=make_bill(member, number),
                expires_at=expires_at,
            )
            for number, points, expires_at in [
                ("1", 10, None),
                ("2", 5, NOON + DAY),
            ]
        ],
    )

    assert run_scheduled(mature_points, NOON + 2 * DAY) == 0
    assert run_scheduled(mature_points, NOON + 3 * DAY) == 1
    assert run_scheduled(mature_points, NOON + 3 * DAY) == 0

    assert balances(member, "points", "delayed", "lifetime", "expired") == (10, 0, 10, 5)


def make_bill(member, number):
    bill = member.customer.transactions.create(
        org_id=member.org_id,
        type="REGULAR",
        number=number,
        billed_at=NOON,
        amount=1,
        gross_amount=1,
        recorded_at=NOON,
    )
    return bill.pk


def test_lowers_a_tier_by_one_step_and_renews_what_earned_it():
    program = make_program(tiers={"validity_days": 365, "renewal_threshold": 100})
    lazy = make_enrollment(program=program, tier=3, tier_expires_at=NOON)
    busy = make_enrollment(program=program, tier=3, tier_expires_at=NOON, tier_basis=0, points=1)
    unit_of_work(post_movements)(
        origin=make_origin(),
        movements=[
            Movement(
                customer_id=busy.customer_id,
                program_id=program.pk,
                kind="AWARD",
                points=1,
                purchases=100,
            )
        ],
    )

    assert run_scheduled(review_tiers, NOON + DAY) == 2
    assert run_scheduled(review_tiers, NOON + DAY) == 0

    assert balances(lazy, "tier")[0].serial == 2
    assert balances(busy, "tier", "tier_basis") == (Tier.objects.get(serial=3), 100)
    assert [change.reason for change in (*lazy.tier_changes.all(), *busy.tier_changes.all())] == [
        "LOWERED",
        "RENEWED",
    ]
    assert lazy.tier_expires_at > NOON + 365 * DAY


def test_keeps_a_tier_that_nothing_has_to_be_done_for():
    program = make_program(tiers={"validity_days": 30})
    member = make_enrollment(program=program, tier=2, tier_expires_at=NOON)

    assert run_scheduled(review_tiers, NOON + DAY) == 1

    assert balances(member, "tier")[0].serial == 2


def test_lets_who_was_lowered_reach_the_tier_again():
    program = make_program(is_default=True, tiers={"validity_days": 30, "renewal_threshold": 100})
    clear_program_cache(program.org_id)
    member = make_enrollment(program=program, tier=2, purchases=0, tier_expires_at=NOON + DAY)

    def buy(amount, at):
        unit_of_work(post_movements)(
            origin=make_origin(at=at),
            movements=[
                Movement(customer_id=member.customer_id, kind="AWARD", points=1, purchases=amount)
            ],
        )
        return balances(member, "tier")[0].serial

    assert buy(1_500, NOON) == 2
    assert run_scheduled(review_tiers, NOON + 2 * DAY) == 1  # renewed: 1,500 came in
    assert run_scheduled(review_tiers, NOON + 40 * DAY) == 1  # lowered: nothing came in
    assert balances(member, "tier")[0].serial == 1
    assert buy(60, NOON + 41 * DAY) == 1
    assert buy(60, NOON + 42 * DAY) == 2
