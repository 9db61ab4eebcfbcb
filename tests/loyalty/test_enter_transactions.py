"""Entering a transaction ..."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerUnknown
from loyalty.errors import (
    AmountInvalid,
    ReturnExceedsPurchase,
    TransactionEntityUnknown,
    TransactionKnown,
    TransactionNeedsCustomer,
    TransactionNumberMissing,
    TransactionTypeInvalid,
    TransactionUnknown,
)
from loyalty.models import LineItem, PointsEntry, Tier, Transaction
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.scheduled import mature_points
from loyalty.operations.transactions.enter import enter_transaction, enter_transactions
from loyalty.queries.programs import clear_program_cache
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale, SaleLine
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_field,
    make_organization,
    make_origin,
    make_program,
    make_store,
    make_till,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)


@pytest.fixture
def member():
    return make_enrollment(program=make_program(is_default=True, thresholds=(0, 1_000, 5_000)))


def enter(customer, number="bill-1", at=NOON, **attributes):
    return unit_of_work(enter_transaction)(
        origin=make_origin(at=at),
        sale=Sale(customer_id=customer.pk if customer else None, number=number, **attributes),
    )


def balances(member, *names):
    member.refresh_from_db()
    return tuple(getattr(member, name) for name in names)


def test_awards_points_and_keeps_the_bill_with_its_lines(member):
    store = make_store()
    till = make_till(parent=store)
    make_field("gift", kind="EXTENDED", scope="TRANSACTION")
    Tier.objects.update(earn_rate=Decimal("0.333"))
    clear_program_cache(member.org_id)

    entered = enter(
        member.customer,
        " bill-1 ",
        till_id=till.pk,
        billed_at=NOON - DAY,
        discount=10,
        payments=[{"mode": "CASH", "value": 90}],
        notes="by mobile",
        extended_fields={"gift": "yes", "unknown": 1},
        lines=[
            SaleLine(item_code="A1", quantity=3, rate="33.335", description="mugs"),
            SaleLine(item_code="D", quantity=-1, rate="0.005"),
        ],
    )

    bill = Transaction.objects.get(pk=entered.transaction_id)
    assert (bill.number, bill.store, bill.till, bill.billed_at) == (
        "bill-1",
        store,
        till,
        NOON - DAY,
    )
    assert (bill.amount, bill.gross_amount, bill.discount) == (90, 100, 10)
    assert (bill.extended_fields, bill.payments) == (
        {"gift": "yes"},
        [{"mode": "CASH", "value": 90}],
    )
    assert entered.notices == [
        Notice("customers.extended_field_invalid", name="unknown", reason="unknown")
    ]
    assert list(
        LineItem.objects.order_by("position").values_list("position", "item_code", "amount")
    ) == [(1, "A1", Decimal("100.005")), (2, "D", Decimal("-0.005"))]
    # 90 x 0.333 = 29.97
    assert entered.points_result.points == Decimal("29.97")
    assert balances(member, "points", "lifetime", "purchases") == (
        Decimal("29.97"),
        Decimal("29.97"),
        90,
    )
    entry = PointsEntry.objects.get()
    assert (entry.transaction, entry.happened_at, entry.transaction_number) == (
        bill,
        NOON - DAY,
        "bill-1",
    )


def test_rounds_half_up_once(member):
    Tier.objects.update(earn_rate=Decimal("0.015"))
    clear_program_cache(member.org_id)

    entered = enter(member.customer, amount=1)

    assert entered.points_result.points == Decimal("0.02")


def test_lifts_the_tier_and_earns_at_its_rate_from_the_next_bill_on(member):
    Tier.objects.filter(serial=2).update(earn_rate=2)
    clear_program_cache(member.org_id)

    first = enter(member.customer, "1", amount=1_000)
    second = enter(member.customer, "2", amount=10)

    assert (first.points_result.points, second.points_result.points) == (1_000, 20)
    assert balances(member, "tier")[0].serial == 2


def test_lets_points_wait_where_the_program_says_so():
    program = make_program(is_default=True, delay_days=7)
    member = make_enrollment(program=program)

    entered = enter(member.customer, amount=50)

    assert (entered.points_result.points, entered.points_result.delayed) == (0, 50)
    assert balances(member, "points", "delayed", "lifetime") == (0, 50, 0)
    assert unit_of_work(mature_points)(now=NOON + 7 * DAY) == 1
    assert balances(member, "points", "delayed", "lifetime") == (50, 0, 50)


def test_takes_back_part_by_part_what_the_bill_awarded(member):
    enter(member.customer, "1", amount=Decimal("10"))
    third = Decimal("3.33")

    back = [enter(member.customer, f"r{n}", type="RETURN", returned_number="1", amount=third)
            for n in range(3)]  # fmt: skip

    assert [entered.points_result.points for entered in back] == [-third] * 3
    assert balances(member, "points", "returned", "purchases") == (
        Decimal("0.01"),
        Decimal("9.99"),
        Decimal("0.01"),
    )
    with pytest.raises(ReturnExceedsPurchase) as refusal:
        enter(member.customer, "r4", type="RETURN", returned_number="1", amount=1)
    assert refusal.value.facts == {"left": Decimal("0.01")}


def test_takes_back_from_the_lots_of_the_bill_first(member):
    enter(member.customer, "1", amount=100)
    enter(member.customer, "2", amount=100)

    enter(member.customer, "r", type="RETURN", returned_number="2", amount=40)

    assert list(member.lots.order_by("pk").values_list("remaining", flat=True)) == [100, 60]


def test_never_takes_back_more_than_is_there_and_notes_what_fell_short(member):
    enter(member.customer, "1", amount=100)
    spend(member, 70)

    entered = enter(member.customer, "r", type="RETURN", returned_number="1", amount=100)

    assert (entered.points_result.points, entered.points_result.shortfall) == (-30, 70)
    assert balances(member, "points", "returned", "purchases") == (0, 30, 0)


@pytest.mark.parametrize(
    ("spent", "parts", "taken"),
    [
        (0, [100], [0]),
        (60, [100], [60]),
        (60, [50, 50], [10, 50]),
        (100, [100], [100]),
    ],
)
def test_does_not_take_expired_points_of_the_bill_a_second_time(spent, parts, taken):
    program = make_program(is_default=True, points_expiry="ROLLING", expires_after_days=10)
    member = make_enrollment(program=program)
    enter(member.customer, "1", amount=100)
    if spent:
        spend(member, spent)
    enter(member.customer, "2", at=NOON + 9 * DAY, amount=100)
    later = NOON + 12 * DAY  # what was left of bill 1 has expired

    back = [
        enter(member.customer, f"r{n}", at=later, type="RETURN", returned_number="1", amount=amount)
        for n, amount in enumerate(parts)
    ]

    assert [-entered.points_result.points for entered in back] == taken
    assert balances(member, "points", "expired") == (100 - sum(taken), 100 - spent)


def test_takes_back_what_still_waits():
    member = make_enrollment(program=make_program(is_default=True, delay_days=7))
    enter(member.customer, "1", amount=100)

    enter(member.customer, "r", type="RETURN", returned_number="1", amount=25)

    assert balances(member, "delayed", "delayed_returned", "returned", "lifetime") == (75, 25, 0, 0)


def test_guesses_by_todays_rate_where_nobody_knows_the_bill(member):
    enter(member.customer, "1", amount=100)

    entered = enter(member.customer, "C1", type="RETURN", amount=30)

    assert entered.points_result.points == -30
    assert balances(member, "points", "purchases") == (70, 70)


def test_gives_a_return_to_the_buyer_where_it_names_only_the_bill(member):
    bill = enter(member.customer, "1", amount=100)

    back = enter(None, "r", type="RETURN", returned_id=bill.transaction_id, amount=100)

    assert back.points_result.points == -100
    assert Transaction.objects.get(pk=back.transaction_id).customer == member.customer


def test_keeps_what_nobody_was_interested_in_without_points(member):
    anonymous = enter(None, "1", type="NOT_INTERESTED", amount=100)
    known = enter(member.customer, "2", type="NOT_INTERESTED", amount=100)

    assert (anonymous.points_result, known.points_result) == (None, None)
    assert balances(member, "points", "purchases") == (0, 0)


def test_keeps_the_bill_of_somebody_who_is_no_member():
    make_program(is_default=True)

    entered = enter(make_customer(), amount=100)

    assert (entered.points_result, entered.program_id) == (None, None)
    assert Transaction.objects.get().amount == 100


def test_lets_every_store_count_for_itself_but_takes_a_number_once(member):
    store, other_store = make_store(), make_store()
    enter(member.customer, store_id=store.pk, amount=1)
    enter(member.customer, store_id=other_store.pk, amount=1)
    first = enter(member.customer, amount=1)

    with pytest.raises(TransactionKnown) as refusal:
        enter(member.customer, amount=1)

    assert refusal.value.facts == {"transaction_id": first.transaction_id, "number": "bill-1"}
    assert balances(member, "points") == (3,)


def test_decides_a_list_in_its_order(member, django_assert_max_num_queries):
    origin = make_origin()
    customer_id = member.customer_id
    sales = [
        Sale(number="1", customer_id=customer_id, amount=100),
        Sale(number="r", customer_id=customer_id, type="RETURN", returned_number="1", amount=60),
        Sale(number="1", customer_id=customer_id, amount=5),
        Sale(number="s", customer_id=customer_id, type="RETURN", returned_number="1", amount=60),
        Sale(number="t", customer_id=customer_id, type="RETURN", returned_number="9", amount=60),
        *(Sale(number=f"n{n}", customer_id=customer_id, amount=1) for n in range(30)),
    ]
    unit_of_work(enter_transactions)(origin=origin, sales=[])

    with django_assert_max_num_queries(30):
        entered = unit_of_work(enter_transactions)(origin=origin, sales=sales)

    first = entered[0].transaction_id
    assert [item.refusal for item in entered[:5]] == [
        None,
        None,
        TransactionKnown(transaction_id=first, number="1"),
        ReturnExceedsPurchase(left=Decimal(40)),
        TransactionUnknown(number="9"),
    ]
    assert balances(member, "points", "returned", "purchases") == (70, 60, 70)


def test_refuses_what_cannot_be_entered(member):
    stranger, foreign = make_customer(make_organization()), make_store(make_organization())
    other = make_customer()
    bill = enter(other, "other's", amount=1)
    customer_id = member.customer_id

    def refusal_of(**attributes):
        sale = Sale(**{"number": "x", "customer_id": customer_id, "amount": 1, **attributes})
        [entered] = unit_of_work(enter_transactions)(origin=make_origin(), sales=[sale])
        return entered.refusal

    assert refusal_of(number=" ") == TransactionNumberMissing()
    assert refusal_of(type="GIFT") == TransactionTypeInvalid()
    assert refusal_of(customer_id=None) == TransactionNeedsCustomer()
    assert refusal_of(customer_id=stranger.pk) == CustomerUnknown(customer_id=stranger.pk)
    assert refusal_of(customer_id=2**80) == CustomerUnknown(customer_id=2**80)
    assert refusal_of(till_id=2**80) == TransactionEntityUnknown(entity_id=2**80)
    assert refusal_of(type="RETURN", returned_id=2**80) == TransactionUnknown(number="")
    assert refusal_of(amount=-1) == AmountInvalid(field="amount")
    assert refusal_of(amount=None) == AmountInvalid(field="amount")
    assert refusal_of(amount=None, gross_amount=1, discount=2) == AmountInvalid(field="amount")
    assert refusal_of(lines=[SaleLine(item_code="a", rate="1e9", quantity=2)]) == AmountInvalid(
        field="gross_amount"
    )
    assert refusal_of(store_id=foreign.pk) == TransactionEntityUnknown(entity_id=foreign.pk)
    assert refusal_of(type="RETURN", returned_id=bill.transaction_id) == TransactionUnknown(
        number=""
    )
    assert Transaction.objects.filter(number="x").count() == 0
    assert balances(member, "points") == (0,)


def spend(member, points):
    unit_of_work(post_movement)(
        origin=make_origin(),
        movement=Movement(
            customer_id=member.customer_id,
            program_id=member.program_id,
            kind="REDEEM",
            points=points,
        ),
    )
