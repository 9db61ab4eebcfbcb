"""Posting a movement of points ..."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerMerged, CustomerUnknown
from loyalty.errors import (
    AmountInvalid,
    InsufficientPoints,
    LedgerDateInvalid,
    LedgerTextInvalid,
    MarkedAsFraud,
    NotEnrolled,
    PointsInvalid,
    ProgramUnknown,
    ReferenceUsedOtherwise,
)
from loyalty.models import PointsAllocation, PointsEntry, PointsLot
from loyalty.operations.points.post import PostingResult, post_movement, post_movements
from loyalty.rules.movements import Movement
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_store,
    make_till,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)


def post(enrollment, kind, points=None, *, at=NOON, actor=None, **attributes):
    return unit_of_work(post_movement)(
        origin=make_origin(enrollment.customer.org, actor, at=at),
        movement=Movement(
            customer_id=enrollment.customer_id,
            program_id=enrollment.program_id,
            kind=kind,
            points=points,
            **attributes,
        ),
    )


def balances(enrollment, *names):
    enrollment.refresh_from_db()
    return tuple(getattr(enrollment, name) for name in names)


def remaining(enrollment):
    return list(enrollment.lots.order_by("pk").values_list("remaining", flat=True))


def test_gives_points_and_says_what_is_there_now():
    store = make_store()
    till = make_till(parent=store)
    member = make_enrollment(points=Decimal("9.5"))

    posted = post(
        member,
        "GOODWILL",
        Decimal("20.111"),
        actor=till,
        notes=" sorry ",
        reference="g-1",
        expires_at=NOON + DAY,
        issued_by_id=store.pk,
    )

    entry = PointsEntry.objects.get(pk=posted.entry_id)
    assert posted == PostingResult(
        entry_id=entry.pk,
        enrollment_id=member.pk,
        program_id=member.program_id,
        points=Decimal("20.11"),
        balance=Decimal("29.61"),
        expires_at=NOON + DAY,
    )
    assert (entry.kind, entry.points, entry.notes, entry.reference) == (
        "GOODWILL",
        Decimal("20.11"),
        "sorry",
        "g-1",
    )
    assert (entry.entered_by, entry.happened_at, entry.recorded_at) == (till, NOON, NOON)
    [lot] = entry.lots.all()
    assert (lot.kind, lot.awarded, lot.awarded_by) == ("GOODWILL", Decimal("20.11"), store)
    assert balances(member, "points", "lifetime") == (Decimal("29.61"), Decimal("29.61"))
    event = Event.objects.filter(kind="points.goodwill").get()
    assert (event.subject_id, event.actor) == (member.customer_id, till)


def test_spends_what_expires_first():
    member = make_enrollment(points=10)
    post(member, "PROMOTIONAL", 5, expires_at=NOON + 9 * DAY)
    post(member, "BONUS", 5, expires_at=NOON + 2 * DAY)

    posted = post(member, "REDEEM", Decimal("7.5"), transaction_number="bill-83")

    assert posted.points == Decimal("-7.5")
    assert remaining(member) == [10, Decimal("2.5"), 0]
    assert list(PointsAllocation.objects.order_by("pk").values_list("lot__kind", "points")) == [
        ("BONUS", 5),
        ("PROMOTIONAL", Decimal("2.5")),
    ]
    assert balances(member, "points", "redeemed", "lifetime") == (
        Decimal("12.5"),
        Decimal("7.5"),
        20,
    )


def test_refuses_to_spend_what_has_expired_although_no_sweep_came_by():
    member = make_enrollment(points=10, expires_at=NOON)

    post(member, "REDEEM", 4, at=NOON)
    with pytest.raises(InsufficientPoints) as refusal:
        post(member, "REDEEM", 1, at=NOON + DAY)

    assert refusal.value.facts == {"available": 0, "asked": 1}
    assert balances(member, "points", "expired") == (6, 0), "the refused unit was undone"
    assert PointsEntry.objects.filter(kind="EXPIRE").count() == 0


def test_writes_what_expired_before_what_was_asked_for():
    member = make_enrollment(points=10, expires_at=NOON)

    post(member, "BONUS", 3, at=NOON + DAY)

    assert [
        (entry.kind, entry.points, entry.happened_at) for entry in member.entries.order_by("pk")
    ] == [("OPENING", 10, NOON), ("EXPIRE", -10, NOON), ("BONUS", 3, NOON + DAY)]
    assert balances(member, "points", "expired", "lifetime") == (3, 10, 13)


def test_adjusts_both_ways_but_never_below_nothing():
    member = make_enrollment(points=10)

    post(member, "ADJUST", Decimal("-4.5"))
    post(member, "ADJUST", 2)
    with pytest.raises(InsufficientPoints):
        post(member, "ADJUST", -8)

    assert balances(member, "points", "adjusted", "lifetime") == (
        Decimal("7.5"),
        Decimal("-2.5"),
        10,
    )


def test_gives_what_is_over_already_only_to_take_it_again():
    member = make_enrollment()

    posted = post(member, "GOODWILL", 5, expires_at=NOON - DAY)

    assert posted.points == 5
    assert posted.balance == 0
    assert balances(member, "points", "expired", "lifetime") == (0, 5, 5)


def test_lifts_the_tier_when_a_threshold_is_crossed():
    program = make_program(tier_rule="LIFETIME_POINTS", thresholds=(0, 100, 500))
    member = make_enrollment(program=program)

    post(member, "BONUS", 99)
    before = balances(member, "tier")[0].serial
    post(member, "BONUS", 401)

    member.refresh_from_db()
    assert (before, member.tier.serial) == (1, 3)
    [change] = member.tier_changes.all()
    assert (change.previous_tier.serial, change.tier.serial, change.reason) == (1, 3, "LIFTED")
    assert change.expires_at == member.tier_expires_at


def test_decides_a_list_in_its_order_and_leaves_the_others_where_one_is_refused():
    member = make_enrollment(points=10)
    other = make_enrollment(program=member.program, points=1)

    def movement(enrollment, points):
        return Movement(
            customer_id=enrollment.customer_id,
            program_id=member.program_id,
            kind="REDEEM",
            points=points,
        )

    posted = unit_of_work(post_movements)(
        origin=make_origin(),
        movements=[
            movement(member, 6),
            movement(member, 6),
            movement(other, 1),
            movement(member, 4),
        ],
    )

    assert [item.refusal for item in posted] == [
        None,
        InsufficientPoints(available=Decimal(4), asked=Decimal(6)),
        None,
        None,
    ]
    assert [item.balance for item in posted] == [4, None, 0, 0]


def test_does_nothing_twice_under_one_reference():
    member = make_enrollment(points=10)

    first = post(member, "REDEEM", 4, reference="r-1")
    again = post(member, "REDEEM", 4, reference="r-1")

    assert again == replace(first, is_repeat=True)
    assert balances(member, "points") == (6,)
    with pytest.raises(ReferenceUsedOtherwise):
        post(member, "REDEEM", 5, reference="r-1")
    with pytest.raises(ReferenceUsedOtherwise):
        post(member, "BONUS", 4, reference="r-1")


def test_refuses_a_reference_that_served_another_member():
    member = make_enrollment(points=10)
    other = make_enrollment(program=member.program, points=10)
    elsewhere = make_enrollment(member.customer, make_program("Other"), points=10)
    post(member, "REDEEM", 4, reference="r-1")

    for stranger in (other, elsewhere):
        with pytest.raises(ReferenceUsedOtherwise):
            post(stranger, "REDEEM", 4, reference="r-1")

    assert balances(other, "points") == balances(elsewhere, "points") == (10,)


def test_refuses_a_reference_that_serves_another_member_of_the_list():
    members = [make_enrollment(points=10) for _ in range(2)]
    movements = [
        Movement(
            customer_id=member.customer_id,
            program_id=member.program_id,
            kind="REDEEM",
            points=4,
            reference="r-1",
        )
        for member in members
    ]

    _, refused = unit_of_work(post_movements)(origin=make_origin(), movements=movements)

    assert refused.refusal == ReferenceUsedOtherwise(reference="r-1")
    assert [balances(member, "points") for member in members] == [(6,), (10,)]


def test_does_nothing_twice_within_one_list():
    member = make_enrollment(points=10)
    movement = Movement(
        customer_id=member.customer_id,
        program_id=member.program_id,
        kind="REDEEM",
        points=4,
        reference="r-1",
    )

    first, again = unit_of_work(post_movements)(origin=make_origin(), movements=[movement] * 2)

    assert again == replace(first, is_repeat=True)
    assert balances(member, "points") == (6,)


@pytest.mark.parametrize("kind", ["REDEEM", "GOODWILL"])
@pytest.mark.parametrize("status", ["MARKED", "CONFIRMED", "RECONFIRMED"])
def test_refuses_spending_and_goodwill_to_who_is_marked_as_fraud(kind, status):
    member = make_enrollment(make_customer(fraud_status=status), points=10)

    with pytest.raises(MarkedAsFraud):
        post(member, kind, 1)

    assert balances(member, "points") == (10,)


@pytest.mark.parametrize(
    "points", [0, -1, None, "x", "1e400", "NaN", Decimal("0.0001"), 10**12, True, [], 1.00001]
)
def test_refuses_points_that_are_none(points):
    member = make_enrollment(points=10)

    with pytest.raises(PointsInvalid):
        post(member, "REDEEM", points)

    assert balances(member, "points") == (10,)


@pytest.mark.parametrize(
    ("attributes", "refusal"),
    [
        ({"notes": "x" * 256}, LedgerTextInvalid(field="notes", longest=255)),
        ({"reference": "a\x00b"}, LedgerTextInvalid(field="reference", longest=100)),
        ({"happened_at": NOON + 3 * DAY}, LedgerDateInvalid(field="happened_at")),
        ({"purchases": -1}, AmountInvalid(field="purchases")),
    ],
)
def test_refuses_what_cannot_be_kept(attributes, refusal):
    member = make_enrollment()

    with pytest.raises(type(refusal)) as raised:
        post(member, "BONUS", 1, **attributes)

    assert raised.value == refusal


def test_refuses_who_is_not_there():
    program = make_program()
    stranger = make_customer(make_organization())
    victim = make_customer(merged_into=make_customer())
    unenrolled = make_customer()
    origin = make_origin()

    def refusal_of(customer_id, program_id=program.pk):
        [posted] = unit_of_work(post_movements)(
            origin=origin,
            movements=[
                Movement(customer_id=customer_id, program_id=program_id, kind="BONUS", points=1)
            ],
        )
        return posted.refusal

    assert refusal_of(stranger.pk) == CustomerUnknown(customer_id=stranger.pk)
    assert refusal_of(2**80) == CustomerUnknown(customer_id=2**80)
    assert refusal_of(-1) == CustomerUnknown(customer_id=-1)
    assert refusal_of(victim.pk) == CustomerMerged(survivor_id=victim.merged_into_id)
    assert refusal_of(unenrolled.pk) == NotEnrolled(
        customer_id=unenrolled.pk, program_id=program.pk
    )
    assert refusal_of(unenrolled.pk, None) == ProgramUnknown(program_id=None)
    foreign = make_program(org=stranger.org)
    assert refusal_of(unenrolled.pk, foreign.pk) == ProgramUnknown(program_id=foreign.pk)


def test_asks_the_database_as_often_for_a_hundred_as_for_one(django_assert_max_num_queries):
    members = [make_enrollment(program=make_program(), points=10)]
    members += [make_enrollment(program=members[0].program, points=10) for _ in range(20)]
    movements = [
        Movement(
            customer_id=member.customer_id,
            program_id=member.program_id,
            kind="REDEEM",
            points=3,
            reference=f"r-{member.pk}",
        )
        for member in members
    ]
    origin = make_origin()
    post(members[0], "BONUS", 1)  # the programs are remembered from now on

    with django_assert_max_num_queries(15):
        unit_of_work(post_movements)(origin=origin, movements=movements[:1])
    with django_assert_max_num_queries(15):
        unit_of_work(post_movements)(origin=origin, movements=movements[1:])


def test_keeps_lots_and_entries_apart_by_member():
    member, other = make_enrollment(points=5), make_enrollment(points=7)

    post(member, "REDEEM", 5)

    assert remaining(other) == [7]
    assert PointsLot.objects.filter(remaining=0).get().enrollment == member
