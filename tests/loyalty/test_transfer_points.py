"""Transferring points ..."""

from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerUnknown
from loyalty.errors import (
    InsufficientPoints,
    MarkedAsFraud,
    NotEnrolled,
    PointsInvalid,
    ReferenceUsedOtherwise,
    TransferToSelf,
)
from loyalty.models import PointsTransfer
from loyalty.operations.points.transfer import Transfer, transfer_points, transfer_points_in_bulk
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_till,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)


def transfer(giver, taker, points, actor=None, **attributes):
    return unit_of_work(transfer_points)(
        origin=make_origin(actor=actor),
        transfer=Transfer(
            from_customer_id=giver.customer_id,
            to_customer_id=taker.customer_id,
            program_id=giver.program_id,
            points=points,
            **attributes,
        ),
    )


def test_moves_points_with_the_day_on_which_they_expire():
    till = make_till()
    giver = make_enrollment(points=10, expires_at=NOON + DAY)
    taker = make_enrollment(program=giver.program, points=1)

    result = transfer(giver, taker, 4, till, notes="a gift")

    giver.refresh_from_db()
    taker.refresh_from_db()
    assert (giver.points, giver.transferred_out, giver.lifetime) == (6, 4, 10)
    assert (taker.points, taker.transferred_in, taker.lifetime) == (5, 4, 1)
    assert list(taker.lots.order_by("pk").values_list("remaining", "expires_at")) == [
        (1, None),
        (4, NOON + DAY),
    ]
    made = PointsTransfer.objects.get(pk=result.transfer_id)
    assert (made.from_customer, made.to_customer, made.points) == (
        giver.customer,
        taker.customer,
        4,
    )
    assert (made.notes, made.transferred_by, made.transferred_at) == ("a gift", till, NOON)
    assert (made.out_entry.points, made.in_entry.points) == (-4, 4)
    assert (result.from_balance, result.to_balance) == (6, 5)


def test_refuses_what_cannot_be_and_moves_nothing():
    giver = make_enrollment(points=10)
    program = giver.program
    taker = make_enrollment(program=program)
    marked = make_enrollment(make_customer(fraud_status="MARKED"), program, points=5)
    unenrolled = make_customer()
    stranger = make_customer(make_organization())

    def refusal_of(giver, taker, points):
        [result] = unit_of_work(transfer_points_in_bulk)(
            origin=make_origin(),
            transfers=[
                Transfer(
                    from_customer_id=giver,
                    to_customer_id=taker,
                    points=points,
                    program_id=program.pk,
                )
            ],
        )
        return result.refusal

    giver_id, receiver_id = giver.customer_id, taker.customer_id
    assert refusal_of(giver_id, receiver_id, 11) == InsufficientPoints(available=10, asked=11)
    assert refusal_of(giver_id, receiver_id, -1) == PointsInvalid()
    assert refusal_of(giver_id, giver_id, 1) == TransferToSelf()
    assert refusal_of(marked.customer_id, receiver_id, 1) == MarkedAsFraud(
        customer_id=marked.customer_id
    )
    assert refusal_of(giver_id, marked.customer_id, 1) == MarkedAsFraud(
        customer_id=marked.customer_id
    )
    assert refusal_of(giver_id, unenrolled.pk, 1) == NotEnrolled(
        customer_id=unenrolled.pk, program_id=program.pk
    )
    assert refusal_of(giver_id, 2**80, 1) == CustomerUnknown(customer_id=2**80)
    assert refusal_of(giver_id, stranger.pk, 1) == CustomerUnknown(customer_id=stranger.pk)
    giver.refresh_from_db()
    taker.refresh_from_db()
    assert (giver.points, taker.points, PointsTransfer.objects.count()) == (10, 0, 0)


def test_decides_a_list_in_its_order():
    program = make_program()
    a, b, c = (make_enrollment(program=program, points=points) for points in (5, 0, 0))
    transfers = [
        Transfer(
            from_customer_id=giver.customer_id,
            to_customer_id=taker.customer_id,
            points=5,
            program_id=program.pk,
        )
        for giver, taker in [(a, b), (b, c), (a, c)]
    ]

    result = unit_of_work(transfer_points_in_bulk)(origin=make_origin(), transfers=transfers)

    assert [item.refusal for item in result] == [
        None,
        None,
        InsufficientPoints(available=0, asked=5),
    ]
    c.refresh_from_db()
    assert c.points == 5


def test_does_what_was_done_under_its_reference_only_once():
    giver = make_enrollment(points=10)
    taker = make_enrollment(program=giver.program)

    first = transfer(giver, taker, 4, reference="till-7")
    second = transfer(giver, taker, 4, reference="till-7")

    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert second.transfer_id == first.transfer_id == PointsTransfer.objects.get().pk
    assert (second.from_balance, second.to_balance) == (6, 4)


def test_sees_a_reference_that_stands_twice_in_one_list():
    giver = make_enrollment(points=10)
    taker = make_enrollment(program=giver.program)
    repeated = Transfer(
        from_customer_id=giver.customer_id,
        to_customer_id=taker.customer_id,
        program_id=giver.program_id,
        points=4,
        reference="till-7",
    )

    first, second = unit_of_work(transfer_points_in_bulk)(
        origin=make_origin(), transfers=[repeated, repeated]
    )

    assert second.is_repeat
    assert second.transfer_id == first.transfer_id == PointsTransfer.objects.get().pk


@pytest.mark.parametrize("points", [5, 4])
def test_refuses_a_reference_of_something_else_and_moves_nothing(points):
    giver = make_enrollment(points=10)
    taker, other = (make_enrollment(program=giver.program) for _ in range(2))
    transfer(giver, taker, 4, reference="till-7")

    with pytest.raises(ReferenceUsedOtherwise):
        transfer(giver, taker if points == 5 else other, points, reference="till-7")

    giver.refresh_from_db()
    assert giver.points == 6
