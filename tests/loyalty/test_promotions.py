"""Bills and the promotions they meet ..."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers.operations.customers.lock import lock_customers
from customers.operations.merge.journal import Journal
from loyalty.models import PointsLot, PromotionAward, Tier
from loyalty.operations.merge.points import merge_points
from loyalty.operations.transactions.enter import enter_transaction, enter_transactions
from loyalty.queries.promotions import get_promotions
from loyalty.rules.transactions import Sale, SaleLine
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_entity,
    make_organization,
    make_origin,
    make_program,
    make_store,
    make_till,
)
from tests.promotion_builders import make_promotion
from tests.queries import count_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)


@pytest.fixture
def member():
    return make_enrollment(program=make_program(is_default=True, thresholds=(0, 1_000, 5_000)))


def buy(member, number="bill-1", amount=100, **attributes):
    return Sale(customer_id=member.customer_id, number=number, amount=amount, **attributes)


def bring_back(member, amount, of="bill-1", number="return-1"):
    return buy(member, number, amount, type="RETURN", returned_number=of)


def enter(*sales, at=NOON):
    """Enter the sales together; return the points of each."""
    results = unit_of_work(enter_transactions)(origin=make_origin(at=at), sales=sales)
    assert [result.refusal for result in results] == [None] * len(sales)
    return [result.points_result.points for result in results]


def get_points(member):
    member.refresh_from_db()
    return member.points


def test_give_points_of_their_own_lot_beside_those_of_the_tier(member):
    promotion = make_promotion(member.program, name="Ten more")

    [points] = enter(buy(member, store_id=(store := make_store()).pk))

    assert (points, get_points(member), member.lifetime) == (110, 110, 110)
    lot = PointsLot.objects.get(kind="PROMOTIONAL")
    assert (lot.awarded, lot.transaction.number, lot.awarded_at) == (10, "bill-1", NOON)
    assert (lot.promotion_name, lot.promotion_scope) == ("Ten more", "TRANSACTION")
    assert (lot.promotion_source_type, lot.promotion_source_id) == ("PROMOTION", promotion.pk)
    assert lot.awarded_by == store


def test_the_balance_told_to_the_till_counts_them(member):
    make_promotion(member.program)
    result = unit_of_work(enter_transaction)(origin=make_origin(), sale=buy(member))
    assert result.points_result.balance == 110


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"reward": "PER_UNIT", "value": Decimal("0.5")}, 150),
        ({"reward": "MULTIPLIER", "value": 3}, 300),
        ({"min_amount": 100}, 110),
        ({"min_amount": Decimal("100.001")}, 100),
        ({"is_active": False}, 100),
        ({"starts_at": NOON}, 110),
        ({"starts_at": NOON + DAY}, 100),
        ({"ends_at": NOON}, 100),
        ({"ends_at": NOON + DAY}, 110),
        ({"is_on_request": True}, 100),
        ({"item_codes": ["mug"]}, 110),
        ({"item_codes": ["cup"]}, 100),
        ({"item_attributes": {"Colour": ["RED", "blue"]}}, 110),
        ({"item_attributes": {"colour": ["green"]}}, 100),
        ({"item_attributes": {"size": ["L"]}}, 100),
        # 30 of the 100 were paid for mugs.
        ({"scope": "LINE_ITEM", "item_codes": ["MUG"], "reward": "PER_UNIT"}, 400),
        ({"scope": "LINE_ITEM", "item_codes": ["MUG"], "reward": "MULTIPLIER", "value": 2}, 130),
        # Two lines cost something; the voucher takes off.
        ({"scope": "LINE_ITEM"}, 120),
    ],
)
def test_ask_what_they_ask(member, attributes, expected):
    make_promotion(member.program, **attributes)
    lines = [
        SaleLine(item_code="MUG", amount=30, attributes={"colour": "Red"}),
        SaleLine(item_code="PLATE", amount=80),
        SaleLine(item_code="VOUCHER", amount=-10),
    ]
    assert enter(buy(member, lines=lines)) == [expected]


def test_look_at_the_date_of_the_bill_not_of_its_entry(member):
    make_promotion(member.program, ends_at=NOON - DAY)
    late, today = buy(member, billed_at=NOON - 2 * DAY), buy(member, "bill-2")
    assert enter(late, today) == [110, 100]


def test_are_given_on_request_by_name_in_any_case(member):
    make_promotion(member.program, name="Birthday", is_on_request=True)
    asked = buy(member, requested_promotions=["unknown", " BIRTHDAY "])
    assert enter(asked, buy(member, "bill-2", requested_promotions=["Birth"])) == [110, 100]


def test_that_are_unknown_are_told_to_the_till_by_name(member):
    make_promotion(member.program, name="Birthday")
    asked = buy(member, requested_promotions=["birthday", "Unknown", "Unknown"])

    [result] = unit_of_work(enter_transactions)(origin=make_origin(), sales=[asked])

    assert result.notices == [Notice("loyalty.promotion_unknown", name="Unknown")]


def test_hold_at_the_stores_and_tills_below_what_was_chosen(member):
    zone = make_entity(type="ZONE")
    store = make_store(parent=zone)
    till, elsewhere = make_till(parent=store), make_store()
    make_promotion(member.program, name="Zone", stores=[zone])
    make_promotion(member.program, name="Till", stores=[till], value=1)

    points = enter(
        buy(member, "1", till_id=till.pk),
        buy(member, "2", store_id=store.pk),
        buy(member, "3", store_id=elsewhere.pk),
        buy(member, "4"),
    )

    assert points == [111, 110, 100, 100]


def test_are_for_the_tier_that_the_customer_has(member):
    gold = Tier.objects.get(program=member.program, name="GOLD")
    make_promotion(member.program, tiers=[gold])
    assert enter(buy(member, amount=999)) == [999]
    assert enter(buy(member, "bill-2", amount=1)) == [11]


def test_leave_other_programs_and_organizations_alone(member):
    make_promotion(make_program(org=member.org))
    make_promotion(make_program(org=make_organization()))
    assert enter(buy(member)) == [100]


def test_given_once_are_given_to_the_first_bill_only(member):
    promotion = make_promotion(member.program, once_per_customer=True)
    other = make_enrollment(program=member.program)

    assert enter(buy(member), buy(member, "2"), buy(other, "3")) == [110, 100, 110]
    assert enter(buy(member, "4"), buy(other, "5")) == [100, 100]
    assert PromotionAward.objects.filter(promotion=promotion).count() == 2


def test_given_once_are_not_given_again_after_a_merge(member):
    make_promotion(member.program, once_per_customer=True)
    victim = make_enrollment(program=member.program)
    enter(buy(victim))

    def merge():
        lock_customers([member.customer_id, victim.customer_id])
        people = {"survivor_id": member.customer_id, "victim_id": victim.customer_id}
        journal = Journal.open(origin=make_origin(), cause="REQUEST", **people)
        merge_points(journal=journal, **people)
        journal.close()

    unit_of_work(merge)()

    assert enter(buy(member, "bill-2")) == [100]
    assert PromotionAward.objects.get().enrollment == member


def test_are_taken_back_in_proportion_when_the_goods_come_back(member):
    make_promotion(member.program)
    enter(buy(member))

    assert enter(bring_back(member, 50)) == [-55]
    assert enter(bring_back(member, 50, number="return-2")) == [-55]
    assert get_points(member) == 0
    assert set(PointsLot.objects.values_list("remaining", flat=True)) == {0}


def test_are_taken_back_by_a_return_in_the_same_list(member):
    make_promotion(member.program)
    other = make_enrollment(program=member.program)

    points = enter(
        buy(member), bring_back(member, 100), buy(member, "bill-2"), buy(other, "bill-3")
    )

    assert points == [110, -110, 110, 110]
    assert get_points(member) == 110


def test_that_expired_are_not_taken_back_from_other_bills():
    program = make_program(is_default=True, points_expiry="ROLLING", expires_after_days=10)
    member = make_enrollment(program=program)
    make_promotion(program, ends_at=NOON + DAY)
    enter(buy(member))
    enter(buy(member, "bill-2"), at=NOON + 20 * DAY)

    assert enter(bring_back(member, 100), at=NOON + 21 * DAY) == [0]
    assert get_points(member) == 100


def test_give_nothing_for_bills_that_earn_nothing(member):
    make_promotion(member.program)
    outlier = buy(member, outlier_status="FRAUD")
    nobodys = Sale(number="2", amount=100, type="NOT_INTERESTED")
    stranger = Sale(number="3", amount=100, customer_id=make_customer().pk)

    results = unit_of_work(enter_transactions)(
        origin=make_origin(), sales=[outlier, nobodys, stranger]
    )

    assert [(r.refusal, r.points_result) for r in results] == [(None, None)] * 3
    assert not PointsLot.objects.exists()


def test_never_give_more_than_the_ledger_holds(member):
    make_promotion(member.program, reward="PER_UNIT", value=1_000_000)
    [points] = enter(buy(member, amount=1_000_000))
    assert points == Decimal(1_000_000_000 + 1_000_000)


def test_cost_the_same_number_of_queries_for_a_hundred_bills(member):
    members = [make_enrollment(program=member.program) for _ in range(100)]
    enter(buy(member, "warm"))

    def count(prefix, people):
        sales = [buy(one, f"{prefix}-{one.pk}") for one in people]
        return count_queries(lambda: enter(*sales))

    without = count("a", members[:1])
    make_promotion(member.program, once_per_customer=True)
    make_promotion(member.program, name="Silver", tiers=member.program.tiers.filter(serial=1))
    enter(buy(member, "warm again"))

    assert count("b", members[:1]) == count("c", members[1:])
    assert count("d", members[:1]) > without


def test_that_do_not_exist_cost_no_query(member, django_assert_num_queries):
    get_promotions(member.org_id)
    with django_assert_num_queries(0):
        assert get_promotions(member.org_id) == []
