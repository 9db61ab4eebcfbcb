"""Redeeming points, and reversing a redemption ..."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from customers.errors import CodeInvalid, CustomerUnknown
from customers.operations.one_time_codes import send_one_time_code
from customers.rules.one_time_codes import CodeTarget
from loyalty import errors
from loyalty.models import PointsEntry, PointsLot, PointsRedemption, Program
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.redeem import (
    Redemption,
    plan_redemption,
    redeem_points,
    reverse_redemption,
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
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)


@pytest.fixture
def member():
    program = make_program(is_default=True, points_to_currency=Decimal("0.5"))
    return make_enrollment(program=program)


def set_rules(member, **rules):
    Program.objects.filter(pk=member.program_id).update(**rules)
    clear_program_cache(member.org_id)


def award(member, points, days=None, at=NOON):
    return unit_of_work(post_movement)(
        origin=make_origin(at=at),
        movement=Movement(
            customer_id=member.customer_id,
            kind="BONUS",
            points=points,
            expires_at=None if days is None else NOON + days * DAY,
        ),
    )


def redeem(member, points, at=NOON, **more):
    return unit_of_work(redeem_points)(
        origin=make_origin(at=at),
        redemption=Redemption(customer_id=member.customer_id, points=points, **more),
    )


def reverse(redemption, points=None, at=NOON, **more):
    return unit_of_work(reverse_redemption)(
        origin=make_origin(at=at), redemption_id=redemption.redemption_id, points=points, **more
    )


def balances(member):
    member.refresh_from_db()
    return member.points, member.redeemed, member.expired


def remaining(member):
    return list(
        PointsLot.objects.filter(enrollment=member)
        .order_by("expires_at")
        .values_list("remaining", flat=True)
    )


def test_spends_the_points_and_says_what_they_are_worth(member):
    award(member, 100)

    redeemed = redeem(member, "30", transaction_number="b-1", custom_fields={"till": "left"})

    assert (redeemed.points, redeemed.value, redeemed.balance) == (30, Decimal(15), 70)
    row = PointsRedemption.objects.select_related("entry").get()
    assert row.pk == redeemed.redemption_id
    assert (row.points, row.reversed_points, row.custom_fields) == (30, 0, {"till": "left"})
    assert (row.entry.kind, row.entry.points, row.entry.transaction_number) == (
        "REDEEM",
        -30,
        "b-1",
    )
    assert balances(member) == (70, 30, 0)


@pytest.mark.parametrize(
    ("rules", "points", "refusal"),
    [
        ({}, 101, errors.InsufficientPoints),
        ({"min_redeem_points": 20}, 19, errors.RedemptionTooSmall),
        ({"max_redeem_points": 20}, 21, errors.RedemptionTooLarge),
        ({"redeem_multiple": 25}, 40, errors.RedemptionNotMultiple),
        ({"min_balance_to_redeem": 101}, 1, errors.BalanceTooSmallToRedeem),
        ({"min_lifetime_to_redeem": 101}, 1, errors.LifetimePointsTooFew),
        ({"min_purchases_to_redeem": 1}, 1, errors.PurchasesTooFew),
        ({"redeem_needs_code": True}, 1, errors.CodeRequired),
        ({}, 0, errors.PointsInvalid),
        ({}, -1, errors.PointsInvalid),
        ({}, "NaN", errors.PointsInvalid),
        ({}, 10**30, errors.PointsInvalid),
    ],
)
def test_refuses_what_the_program_does_not_allow_and_changes_nothing(
    member, rules, points, refusal
):
    award(member, 100)
    set_rules(member, **rules)

    with pytest.raises(refusal):
        redeem(member, points)

    assert balances(member) == (100, 0, 0)
    assert not PointsRedemption.objects.exists()


def test_allows_exactly_what_the_rules_say(member):
    award(member, 100)
    set_rules(
        member,
        min_redeem_points=50,
        max_redeem_points=50,
        redeem_multiple=25,
        min_balance_to_redeem=100,
        min_lifetime_to_redeem=100,
    )

    assert redeem(member, 50).balance == 50


def test_plans_without_writing(member):
    award(member, 100)

    planned = unit_of_work(plan_redemption)(
        origin=make_origin(), redemption=Redemption(customer_id=member.customer_id, points=40)
    )

    assert (planned.points, planned.value, planned.balance) == (40, 20, 100)
    assert balances(member) == (100, 0, 0)


def test_answers_a_repeat_with_the_first_redemption(member):
    award(member, 100)

    first, second = redeem(member, 30, reference="r-1"), redeem(member, 30, reference="r-1")

    assert (second.redemption_id, second.is_repeat) == (first.redemption_id, True)
    assert balances(member) == (70, 30, 0)
    with pytest.raises(errors.ReferenceUsedOtherwise):
        redeem(member, 31, reference="r-1")


def test_uses_the_code_that_was_sent_to_the_customer_once(
    member, mailoutbox, django_capture_on_commit_callbacks
):
    set_rules(member, redeem_needs_code=True)
    award(member, 100)
    customer = make_customer(identifiers=[("email", "asha@example.com")])
    other = make_enrollment(customer, member.program)
    award(other, 100)
    with django_capture_on_commit_callbacks(execute=True):
        unit_of_work(send_one_time_code)(
            origin=make_origin(),
            target=CodeTarget("EMAIL", "asha@example.com", "POINTS"),
            channels=[("email", "asha@example.com")],
        )
    code = mailoutbox[0].body.split()[3].rstrip(".")

    with pytest.raises(CodeInvalid):
        redeem(member, 10, code=code)
    redeem(other, 10, code=code)
    with pytest.raises(CodeInvalid):
        redeem(other, 10, code=code)
    assert (balances(member)[0], balances(other)[0]) == (100, 90)


def test_a_reversal_restores_the_lots_exactly(member):
    award(member, 50, days=10)
    award(member, 50, days=20)
    before = remaining(member)
    redemption = redeem(member, 70)
    assert remaining(member) == [0, 30]

    done = reverse(redemption)

    assert (done.points, done.balance) == (70, 100)
    assert remaining(member) == before
    assert balances(member) == (100, 0, 0)
    with pytest.raises(errors.RedemptionReversed):
        reverse(redemption)
    assert balances(member) == (100, 0, 0)


def test_reverses_in_parts_until_nothing_is_left(member):
    award(member, 50, days=10)
    award(member, 50, days=20)
    redemption = redeem(member, 70)

    reverse(redemption, 15)
    assert remaining(member) == [0, 45]
    reverse(redemption, "10.5")
    assert remaining(member) == [Decimal("5.5"), 50]
    with pytest.raises(errors.ReversalTooLarge):
        reverse(redemption, 45)
    reverse(redemption, Decimal("44.5"))

    assert remaining(member) == [50, 50]
    with pytest.raises(errors.RedemptionReversed):
        reverse(redemption, 1)
    assert PointsEntry.objects.filter(kind="REVERSE").count() == 3


def test_points_whose_lot_expired_meanwhile_expire_at_once(member):
    award(member, 50, days=10)
    award(member, 50, days=20)
    redemption = redeem(member, 70)

    reverse(redemption, at=NOON + 15 * DAY)

    assert balances(member) == (50, 0, 50)
    assert remaining(member) == [0, 50]


def test_reverses_only_what_was_redeemed_here(member):
    award(member, 100)
    redemption = redeem(member, 10)
    stranger = make_origin(make_organization())

    with pytest.raises(errors.RedemptionUnknown):
        unit_of_work(reverse_redemption)(origin=stranger, redemption_id=redemption.redemption_id)
    with pytest.raises(errors.RedemptionUnknown):
        unit_of_work(reverse_redemption)(origin=make_origin(), redemption_id=2**70)
    with pytest.raises(errors.RedemptionOfAnother):
        reverse(redemption, customer_id=make_customer().pk)
    for points in (0, -1, "x"):
        with pytest.raises(errors.PointsInvalid):
            reverse(redemption, points)
    with pytest.raises(CustomerUnknown):
        unit_of_work(redeem_points)(
            origin=make_origin(make_program(org=make_organization(), is_default=True).org),
            redemption=Redemption(customer_id=member.customer_id, points=1),
        )
    assert balances(member) == (90, 10, 0)


def test_a_reversal_that_is_sent_twice_takes_effect_once(member):
    award(member, 100)
    redemption = redeem(member, 60)
    reverse(redemption, 20, reversed_before=Decimal(0))

    with pytest.raises(errors.ChangedMeanwhile):
        reverse(redemption, 20, reversed_before=Decimal(0))

    assert PointsRedemption.objects.get().reversed_points == 20
    assert reverse(redemption, 20, reversed_before=Decimal(20)).points == 20
