"""A status label that blocks something ..."""

from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.operations.customers.update import update_customer
from customers.operations.preferences import set_preferences
from customers.operations.status_labels import label_customer
from customers.rules.customer_update import CustomerChange
from customers.rules.status_effects import ACTIONS, list_blocked_actions
from loyalty.errors import ConfirmedAsFraud
from loyalty.models import Coupon, PointsEntry, Transaction
from loyalty.operations.cards.issue import CardIssueRequest, issue_card
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupon
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.operations.transactions.enter import enter_transaction, enter_transactions
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_status_label,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return make_program(is_default=True)


def make_member(program, **attributes):
    customer = make_customer(**attributes)
    make_enrollment(customer, program)
    return customer


def enter(customer, number="1", **values):
    sale = Sale(customer_id=customer.pk, number=number, amount=Decimal(100), billed_at=NOON)
    return unit_of_work(enter_transaction)(origin=make_origin(), sale=sale)


def move(customer, kind, points=5):
    movement = Movement(customer_id=customer.pk, kind=kind, points=points)
    return unit_of_work(post_movement)(origin=make_origin(), movement=movement)


def transfer(giver, receiver):
    unit_of_work(transfer_points)(
        origin=make_origin(),
        transfer=Transfer(from_customer_id=giver.pk, to_customer_id=receiver.pk, points=Decimal(1)),
    )


def test_says_what_its_status_says_unless_its_switches_say_otherwise():
    assert list_blocked_actions("ACTIVE", {}) == set()
    assert list_blocked_actions("SUSPENDED", {}) == {"redeeming", "transfers"}
    assert list_blocked_actions("DELETED", {}) == set(ACTIONS)
    switches = {"redeeming": False, "earning": True, "transfers": None}
    assert list_blocked_actions("SUSPENDED", switches) == {"earning", "transfers"}


def test_suspended_customers_earn_but_do_not_spend(program):
    suspended = make_status_label("On hold", "SUSPENDED")
    customer, other = make_member(program, status_label=suspended), make_member(program)

    enter(customer)
    entries = PointsEntry.objects.count()

    with pytest.raises(errors.StatusBlocksRedeeming) as refused:
        move(customer, "REDEEM")
    assert refused.value.facts == {"label": "On hold"}
    for giver, receiver in ((customer, other), (other, customer)):
        with pytest.raises(errors.StatusBlocksTransfers):
            transfer(giver, receiver)
    assert PointsEntry.objects.count() == entries > 0


def test_deleted_customers_are_refused_everything_but_their_status(program):
    deleted, active = make_status_label("Gone", "DELETED"), make_status_label()
    customer = make_member(program, status_label=deleted)
    run = {"origin": make_origin()}

    with pytest.raises(errors.StatusBlocksEarning):
        enter(customer)
    with pytest.raises(errors.StatusBlocksGoodwill):
        move(customer, "GOODWILL")
    with pytest.raises(errors.StatusBlocksCoupons):
        unit_of_work(issue_coupon)(
            **run, request=CouponIssueRequest(series_id=1, customer_id=customer.pk)
        )
    with pytest.raises(errors.StatusBlocksCards):
        unit_of_work(issue_card)(
            **run,
            request=CardIssueRequest(
                customer_id=customer.pk, source_account_id=customer.registered_in_id, number="12345"
            ),
        )
    with pytest.raises(errors.StatusBlocksUpdates):
        unit_of_work(update_customer)(**run, change=CustomerChange(customer_id=customer.pk))
    with pytest.raises(errors.StatusBlocksUpdates):
        unit_of_work(set_preferences)(**run, customer_id=customer.pk, fields={"a": "b"})
    assert not Transaction.objects.exists()
    assert not Coupon.objects.exists()

    unit_of_work(label_customer)(**run, customer_id=customer.pk, label=active.label, reason="back")

    assert enter(customer).points_result is not None


def test_the_default_label_holds_for_customers_without_one(program):
    make_status_label("New", is_default=True, blocks_earning=True)

    with pytest.raises(errors.StatusBlocksEarning):
        enter(make_member(program))


def test_a_label_of_another_organization_blocks_nothing(program):
    make_status_label("New", org=make_organization(), is_default=True, blocks_earning=True)

    assert enter(make_member(program)).points_result is not None


def test_refuses_one_sale_of_a_list_and_takes_the_others(program):
    deleted = make_status_label("Gone", "DELETED")
    gone, fraud = (
        make_member(program, status_label=deleted),
        make_member(program, fraud_status="CONFIRMED"),
    )
    marked = make_member(program, fraud_status="MARKED")

    results = unit_of_work(enter_transactions)(
        origin=make_origin(),
        sales=[
            Sale(customer_id=c.pk, number=str(n), amount=Decimal(10), billed_at=NOON)
            for n, c in enumerate((gone, fraud, marked))
        ],
    )

    assert [type(result.refusal) for result in results] == [
        errors.StatusBlocksEarning,
        ConfirmedAsFraud,
        type(None),
    ]
    assert Transaction.objects.get().customer == marked
