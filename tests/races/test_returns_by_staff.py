"""Forms of staff that are sent at once: goods come back once, and points are given back once."""

from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from loyalty.models import Enrollment, PointsReversal, Transaction
from loyalty.operations.points.redeem import Redemption, redeem_points, reverse_redemption
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.operations.transactions.return_purchase import PurchaseReturn, return_purchase
from loyalty.queries.ledger_check import find_ledger_violations
from loyalty.rules.transactions import Sale
from tests.builders import make_enrollment, make_origin, make_program
from tests.races.test_coupons import count_outcomes

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

REFUSED = "loyalty.changed_meanwhile"


def _enter(**attributes):
    sale = Sale(number="B-1", amount=100, **attributes)
    return unit_of_work(enter_transaction)(origin=make_origin(), sale=sale).transaction_id


def _returning(transaction_id):
    request = PurchaseReturn(
        transaction_id=transaction_id, returned_before=Decimal(0), amount=Decimal(30)
    )
    origin = make_origin()
    return lambda: unit_of_work(return_purchase)(origin=origin, request=request)


def test_an_amount_comes_back_once():
    member = make_enrollment(program=make_program(is_default=True))
    purchase_id = _enter(customer_id=member.customer_id)

    results = count_outcomes(*[_returning(purchase_id)] * 4)

    assert results == {"done": 1, REFUSED: 3}
    assert Transaction.objects.filter(returned_id=purchase_id).count() == 1
    assert Enrollment.objects.get().points == 70
    assert find_ledger_violations() == []


def test_what_nobody_bought_comes_back_once():
    purchase_id = _enter(type="NOT_INTERESTED")

    results = count_outcomes(*[_returning(purchase_id)] * 4)

    assert results == {"done": 1, REFUSED: 3}


def test_points_are_given_back_once():
    member = make_enrollment(program=make_program(is_default=True), points=100)
    origin = make_origin()
    redemption = unit_of_work(redeem_points)(
        origin=origin, redemption=Redemption(customer_id=member.customer_id, points=60)
    )

    results = count_outcomes(
        *[
            lambda: unit_of_work(reverse_redemption)(
                origin=origin,
                redemption_id=redemption.redemption_id,
                points=20,
                reversed_before=Decimal(0),
            )
        ]
        * 4
    )

    assert results == {"done": 1, REFUSED: 3}
    assert PointsReversal.objects.count() == 1
    assert Enrollment.objects.get().points == 60
