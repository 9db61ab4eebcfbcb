"""Two bills of a customer at once get a promotion that is given once only once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.transactions import unit_of_work
from loyalty.models import PointsLot, PromotionAward
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.queries.ledger_check import find_ledger_violations
from loyalty.rules.transactions import Sale
from tests.builders import NOON, make_enrollment, make_origin, make_program
from tests.promotion_builders import make_promotion

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def at_once(count, call):
    together = Barrier(count)

    def run(number):
        try:
            together.wait()
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_bills_at_once_get_it_once():
    member = make_enrollment(program=make_program(is_default=True))
    make_promotion(member.program, once_per_customer=True)
    origin = make_origin()

    def buy(number):
        sale = Sale(customer_id=member.customer_id, number=f"bill-{number}", amount=100)
        return unit_of_work(enter_transaction)(origin=origin, sale=sale).points_result.points

    assert sorted(at_once(6, buy)) == [100, 100, 100, 100, 100, 110]
    assert PointsLot.objects.filter(kind="PROMOTIONAL").count() == 1
    assert find_ledger_violations() == []


def test_the_constraint_holds_without_the_lock_of_the_customer():
    member = make_enrollment(program=make_program(is_default=True))
    promotion = make_promotion(member.program, once_per_customer=True)

    @unit_of_work
    def note():
        [pk] = take_ids(PromotionAward, 1)
        columns = ("id", "promotion_id", "enrollment_id", "awarded_at")
        row = (pk, promotion.pk, member.pk, NOON)
        return len(insert_unless_taken(PromotionAward, columns, [row]))

    assert sum(at_once(4, lambda _: note())) == 1
