"""Returning goods of a purchase that is on file ..."""

from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from loyalty import errors
from loyalty.models import Enrollment, Transaction
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.operations.transactions.return_purchase import PurchaseReturn, return_purchase
from loyalty.rules.transactions import Sale, SaleLine
from tests.builders import (
    NOON,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_store,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]


@pytest.fixture
def member():
    return make_enrollment(program=make_program(is_default=True))


def buy(customer, **attributes):
    lines = [SaleLine(item_code="LAMP", quantity=2, rate=50)]
    sale = Sale(
        number="B-1", customer_id=customer.pk if customer else None, lines=lines, **attributes
    )
    result = unit_of_work(enter_transaction)(origin=make_origin(at=NOON), sale=sale)
    return Transaction.objects.get(pk=result.transaction_id)


def take_back(purchase, amount=None, before=0, org=None):
    result = unit_of_work(return_purchase)(
        origin=make_origin(org, at=NOON),
        request=PurchaseReturn(
            transaction_id=purchase.pk,
            returned_before=Decimal(before),
            amount=amount,
            reason="Broken",
        ),
    )
    return Transaction.objects.get(pk=result.transaction_id)


def get_balance(member):
    return Enrollment.objects.get(pk=member.pk).points


def test_brings_everything_back_with_the_points(member):
    purchase = buy(member.customer, store_id=make_store().pk)
    assert get_balance(member) == 100

    row = take_back(purchase)

    assert (row.type, row.return_type, row.number, row.amount) == ("RETURN", "FULL", "B-1", 100)
    assert (row.returned, row.store, row.notes) == (purchase, purchase.store, "Broken")
    [line] = row.line_items.all()
    assert (line.quantity, line.returned) == (2, purchase.line_items.get())
    assert get_balance(member) == 0


def test_brings_an_amount_back_and_then_the_rest(member):
    purchase = buy(member.customer)

    assert take_back(purchase, amount=Decimal(30)).return_type == "AMOUNT"
    assert get_balance(member) == 70
    assert take_back(purchase, before=30).amount == 70
    assert get_balance(member) == 0
    with pytest.raises(errors.PurchaseReturned):
        take_back(purchase, before=100)


def test_takes_effect_once_though_it_is_sent_twice(member):
    purchase = buy(member.customer)
    take_back(purchase, amount=Decimal(30))

    with pytest.raises(errors.ChangedMeanwhile):
        take_back(purchase, amount=Decimal(30))

    assert Transaction.objects.filter(returned=purchase).count() == 1
    assert get_balance(member) == 70


def test_takes_no_more_than_is_left(member):
    purchase = buy(member.customer)

    with pytest.raises(errors.ReturnExceedsPurchase):
        take_back(purchase, amount=Decimal("100.001"))

    assert not Transaction.objects.filter(returned=purchase).exists()


def test_takes_back_what_nobody_bought():
    purchase = buy(None, type="NOT_INTERESTED")

    assert take_back(purchase).type == "NOT_INTERESTED_RETURN"


def test_knows_no_returns_and_no_purchases_of_others(member):
    purchase = buy(member.customer)

    with pytest.raises(errors.TransactionUnknown):
        take_back(purchase, org=make_organization("other"))
    with pytest.raises(errors.TransactionUnknown):
        take_back(take_back(purchase))
