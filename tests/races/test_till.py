"""Tills that do the same thing at once (PostgreSQL)."""

import pytest

from crm.kernel.transactions import unit_of_work
from customers.models import OneTimeCode
from customers.operations.one_time_codes import send_one_time_code, use_one_time_code
from customers.rules.one_time_codes import CodeTarget, hash_code
from loyalty.models import PointsReversal, Transaction
from loyalty.operations.points.redeem import Redemption, redeem_points, reverse_redemption
from loyalty.operations.transactions.bills import Bill, enter_bill
from loyalty.rules.transactions import Sale, SaleLine
from tests.builders import make_customer, make_enrollment, make_origin, make_program, make_store
from tests.races.threads import at_once

pytestmark = [
    pytest.mark.races,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sums_hold"),
]

LINES = [SaleLine(item_code="a", quantity=4, rate=10)]


@pytest.fixture
def member():
    program = make_program(is_default=True)
    return make_enrollment(make_customer(), program, points=100)


def sell(member, store, number="b-1", **more):
    sale = Sale(
        number=number, customer_id=member.customer_id, store_id=store.pk, lines=LINES, **more
    )
    return unit_of_work(enter_bill)(origin=make_origin(member.org), bill=Bill(sale=sale))


def bring_back(member, store, number="b-1", **more):
    sale = Sale(
        number=number,
        type="RETURN",
        customer_id=member.customer_id,
        store_id=store.pk,
        returned_number=number,
        repeats_number=True,
        **more,
    )
    return unit_of_work(enter_bill)(origin=make_origin(member.org), bill=Bill(sale=sale))


def redeem(member, points):
    return unit_of_work(redeem_points)(
        origin=make_origin(member.org),
        redemption=Redemption(customer_id=member.customer_id, points=points),
    )


def test_a_number_goes_to_one_of_many_tills(member):
    store, others = make_store(), [make_enrollment(program=member.program) for _ in range(5)]

    results = at_once(*(lambda m=m: sell(m, store) for m in (member, *others)))

    assert results.count("loyalty.transaction_known") == 5
    assert Transaction.objects.count() == 1


def test_goods_come_back_once_from_many_tills(member):
    store = make_store()
    sell(member, store)
    back = [SaleLine(item_code="a", quantity=3)]

    results = at_once(*[lambda: bring_back(member, store, return_type="LINE_ITEM", lines=back)] * 4)

    assert results.count("loyalty.line_quantity_exceeds") == 3
    assert Transaction.objects.filter(type="RETURN").count() == 1


def test_points_are_spent_or_taken_back_but_not_both(member):
    store = make_store()
    sell(member, store)

    at_once(lambda: redeem(member, 140), lambda: bring_back(member, store, return_type="FULL"))

    member.refresh_from_db()
    assert member.points >= 0


def test_a_redemption_is_reversed_once(member):
    redemption = redeem(member, 50)

    results = at_once(
        *[
            lambda: unit_of_work(reverse_redemption)(
                origin=make_origin(member.org), redemption_id=redemption.redemption_id
            )
        ]
        * 6
    )

    member.refresh_from_db()
    assert results.count("loyalty.redemption_reversed") == 5
    assert (member.points, PointsReversal.objects.count()) == (100, 1)


def test_a_redemption_is_used_for_one_of_two_bills(member):
    store, redemption = make_store(), redeem(member, 50)

    def sell_with(number):
        sale = Sale(number=number, customer_id=member.customer_id, store_id=store.pk, lines=LINES)
        bill = Bill(sale=sale, points_redemption_ids=[redemption.redemption_id])
        return unit_of_work(enter_bill)(origin=make_origin(member.org), bill=bill)

    results = at_once(lambda: sell_with("b-1"), lambda: sell_with("b-2"))

    assert results.count("loyalty.redemption_not_usable") == 1
    assert Transaction.objects.count() == 1


def test_a_code_is_used_by_one_of_many(member, settings):
    target = CodeTarget("EMAIL", "asha@example.com", "GENERIC")
    origin = make_origin(member.org)
    unit_of_work(send_one_time_code)(
        origin=origin, target=target, channels=[("email", target.value)]
    )
    OneTimeCode.objects.update(
        code_hash=hash_code("123456", target, org_id=member.org_id, secret=settings.SECRET_KEY)
    )

    results = at_once(
        *[lambda: unit_of_work(use_one_time_code)(origin=origin, targets=[target], code="123456")]
        * 5
    )

    assert results.count(None) == 1
    assert results.count("customers.code_invalid") == 4


def test_one_code_a_minute_also_at_once(member):
    target = CodeTarget("EMAIL", "asha@example.com", "GENERIC")
    origin = make_origin(member.org)

    results = at_once(
        *[
            lambda: unit_of_work(send_one_time_code)(
                origin=origin, target=target, channels=[("email", target.value)]
            )
        ]
        * 5
    )

    assert results.count("customers.code_sent_recently") == 4
