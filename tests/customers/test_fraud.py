"""Marking a customer as fraud ..."""

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.operations.customers.fraud import mark_fraud, mark_frauds
from customers.rules.fraud import FraudMark
from tests.builders import NOON, make_customer, make_organization, make_origin, make_till

pytestmark = pytest.mark.django_db


def set_mark(customer, status, reason="", **origin):
    unit_of_work(mark_fraud)(
        origin=make_origin(**origin), customer_id=customer.pk, mark=FraudMark(status, reason)
    )
    customer.refresh_from_db()


def test_keeps_who_when_and_why():
    till, customer = make_till(), make_customer()

    set_mark(customer, " confirmed ", " resold coupons ", actor=till)

    assert (customer.fraud_status, customer.fraud_reason) == ("CONFIRMED", "resold coupons")
    assert (customer.fraud_marked_by, customer.fraud_marked_at) == (till, NOON)
    event = Event.objects.get(subject_id=customer.pk, kind="customer.fraud_marked")
    assert event.before == {"fraud_status": "NOT_FRAUD", "reason": ""}
    assert event.after == {"fraud_status": "CONFIRMED", "reason": "resold coupons"}


def test_is_cleared_by_none_and_says_nothing_twice():
    customer = make_customer(fraud_status="MARKED")

    set_mark(customer, "NONE", "a mistake")
    set_mark(customer, "NOT_FRAUD", "a mistake")

    assert customer.fraud_status == "NOT_FRAUD"
    assert Event.objects.filter(kind="customer.fraud_marked").count() == 1


@pytest.mark.parametrize("status", ["", "FRAUD", "M\0ARKED", "MARKED" * 99])
def test_refuses_other_statuses_and_changes_nothing(status):
    customer = make_customer()

    with pytest.raises(errors.FraudStatusInvalid):
        set_mark(customer, status)

    customer.refresh_from_db()
    assert customer.fraud_status == "NOT_FRAUD"


def test_refuses_each_customer_alone():
    good, merged = make_customer(), make_customer()
    merged.merged_into = good
    merged.save()
    stranger = make_customer(make_organization())
    marks = {c.pk: FraudMark("MARKED", "x") for c in (good, merged, stranger)}
    marks[10**30] = FraudMark("MARKED")

    refusals = unit_of_work(mark_frauds)(origin=make_origin(), marks=marks)

    assert {pk: type(refusal) for pk, refusal in refusals.items()} == {
        merged.pk: errors.CustomerMerged,
        stranger.pk: errors.CustomerUnknown,
        10**30: errors.CustomerUnknown,
    }
    for customer in (good, merged, stranger):
        customer.refresh_from_db()
    assert [c.fraud_status for c in (good, merged, stranger)] == [
        "MARKED",
        "NOT_FRAUD",
        "NOT_FRAUD",
    ]


def test_takes_as_many_queries_for_many(django_assert_num_queries):
    for number in (1, 20):
        marks = {make_customer().pk: FraudMark("MARKED") for _ in range(number)}
        with django_assert_num_queries(6):
            assert unit_of_work(mark_frauds)(origin=make_origin(), marks=marks) == {}
