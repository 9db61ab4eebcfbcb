"""Retro transactions as requests (contract, sections 5.3 and 6)."""

from datetime import timedelta

import pytest

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from loyalty.errors import (
    RegisteredTooRecently,
    RetroDisabled,
    TransactionOfAnother,
    TransactionTooOld,
    TransactionTypeInvalid,
    TransactionUnknown,
)
from loyalty.models import Transaction
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.transactions import Sale
from tests.approval_builders import approve, make_person, make_request, reject
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_origin,
    make_program,
    make_store,
    make_till,
)
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
AGE = "CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS"
DELAY = "CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS"


def set_limits(org, **values):
    values = {"CONF_RETRO_TRANSACTION_ENABLE": 1, AGE: 30, DELAY: 24, **values}
    unit_of_work(change_settings)(org_id=org.pk, values=values)


@pytest.fixture
def program():
    return make_program("Shop", is_default=True)


@pytest.fixture
def tom(program):
    tom = make_enrollment(make_customer(at=NOON - 9 * DAY), program).customer
    set_limits(tom.org)
    return tom


def make_transaction(number="b1", *, at=NOON - 2 * DAY, amount=1200, **fields):
    sale = Sale(number=number, type="NOT_INTERESTED", amount=amount, billed_at=at, **fields)
    return unit_of_work(enter_transaction)(origin=make_origin(), sale=sale).transaction_id


def plan_of(request, now=NOON):
    return plan_requests(org=request.org, requests=[request], now=now)[request.pk]


def test_shows_the_bill_the_limits_and_what_it_earns(tom, program):
    store = make_store(name="Fort")
    request = make_request(tom, "RETRO", transaction_id=make_transaction(store_id=store.pk))

    plan = plan_of(request)

    assert list(plan.differences) == [
        Difference("Transaction", "NOT_INTERESTED", "REGULAR"),
        Difference("Customer", "(none)", f"Customer {tom.pk}"),
        Difference("Points balance", "0", "1,200"),
        Difference("Lifetime purchases", "0", "1,200"),
        Difference("Tier", "SILVER", "GOLD"),
    ]
    assert list(plan.facts) == [
        Fact("Transaction", f"b1 of 28 Feb 2026 17:30 in {store}, 1,200"),
        Fact("Age", "2 days; at most 30 are allowed"),
        Fact("Registered", "21 Feb 2026 17:30; claims are allowed 24 hours after that"),
        Fact("Program", f"Shop ({program.pk})"),
        Fact("The points expire", "Never"),
    ]
    assert list(plan.blockers) == []
    later = plan_of(request, NOON + timedelta(hours=1))
    assert plan.digest == later.digest


def test_approving_makes_the_bill_regular_and_counts_it(tom):
    pk = make_transaction()
    request = make_request(tom, "RETRO", transaction_id=pk, old_type="not_interested")

    assert approve(request).refusal is None

    row = Transaction.objects.get()
    assert (row.type, row.customer) == ("REGULAR", tom)
    assert tom.enrollments.get().points == 1200
    assert request.payload == {
        "transaction_id": pk,
        "old_type": "NOT_INTERESTED",
        "new_type": "REGULAR",
    }


def test_finds_the_bill_by_its_number_in_the_makers_store(tom):
    store = make_store()
    make_transaction(store_id=make_store().pk)
    here = make_transaction(store_id=store.pk)

    request = make_request(tom, "RETRO", maker=make_till(parent=store), reference_id=" b1 ")

    assert (request.payload["transaction_id"], request.payload["reference_id"]) == (here, "b1")


def test_says_that_there_are_no_points_for_somebody_who_is_no_member(tom):
    stranger = make_customer(at=NOON - 9 * DAY)

    plan = plan_of(make_request(stranger, "RETRO", transaction_id=make_transaction()))

    assert plan.facts[-1] == Fact(
        "Points", "None: the customer is not enrolled in the default program"
    )
    assert [difference.name for difference in plan.differences] == ["Transaction", "Customer"]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, TransactionUnknown),
        ({"transaction_id": "x"}, TransactionUnknown),
        ({"transaction_id": 2**62}, TransactionUnknown),
        ({"transaction_id": "9" * 50}, TransactionUnknown),
        ({"transaction_id": [1]}, TransactionUnknown),
        ({"transaction_id": "x", "reference_id": "b1"}, TransactionUnknown),
        ({"reference_id": "nowhere"}, TransactionUnknown),
        ({"reference_id": "x" * 101}, errors.ValueTooLong),
        ({"reference_id": "b1", "old_type": "REGULAR"}, TransactionTypeInvalid),
        ({"reference_id": "b1", "new_type": {"a": 1}}, TransactionTypeInvalid),
    ],
)
def test_refuses_what_names_no_bill(tom, fields, refusal):
    make_transaction()

    with pytest.raises(refusal):
        make_request(tom, "RETRO", **fields)

    assert not Request.objects.exists()


def test_checks_the_limits_when_filed(tom):
    set_limits(tom.org, **{AGE: 1})
    with pytest.raises(TransactionTooOld):
        make_request(tom, "RETRO", transaction_id=make_transaction())
    set_limits(tom.org, **{DELAY: 1000})
    with pytest.raises(RegisteredTooRecently):
        make_request(tom, "RETRO", reference_id="b1")
    set_limits(tom.org, CONF_RETRO_TRANSACTION_ENABLE=0)
    with pytest.raises(RetroDisabled):
        make_request(tom, "RETRO", reference_id="b1")
    set_limits(tom.org)
    with pytest.raises(TransactionOfAnother):
        make_request(
            tom, "RETRO", transaction_id=make_transaction("b2", customer_id=make_customer().pk)
        )


def test_blocks_what_lay_too_long(tom):
    request = make_request(tom, "RETRO", transaction_id=make_transaction())
    set_limits(tom.org, **{AGE: 1})

    assert list(plan_of(request).blockers) == ["The transaction is older than 1 days."]
    assert isinstance(approve(request).refusal, TransactionTooOld)
    request.refresh_from_db()
    assert (request.status, request.failure_facts) == ("FAILED", {"days": "1"})
    assert Transaction.objects.get().type == "NOT_INTERESTED"
    set_limits(tom.org)
    assert approve(request).refusal is None


def test_lets_one_claim_of_a_bill_wait_at_a_time(tom, program):
    pk = make_transaction()
    ann = make_customer(at=NOON - 9 * DAY)
    first = make_request(tom, "RETRO", transaction_id=pk)

    with pytest.raises(errors.SameRequestPending) as same:
        make_request(tom, "RETRO", reference_id="b1")
    with pytest.raises(errors.TransactionClaimed) as other:
        make_request(ann, "RETRO", transaction_id=pk)

    assert same.value.facts == other.value.facts == {"request_id": first.pk}
    reject(first)
    assert make_request(ann, "RETRO", transaction_id=pk).status == "PENDING"


def test_the_database_lets_one_claim_of_a_bill_wait_at_a_time(tom, monkeypatch):
    pk = make_transaction()
    ann = make_customer(at=NOON - 9 * DAY)
    make_request(tom, "RETRO", transaction_id=pk)
    kind = "crm.approvals.domain.kinds.retro_transaction.RetroTransaction"
    # As if both claims were filed at the same moment.
    monkeypatch.setattr(f"{kind}._refuse_duplicate", lambda *args: None)

    with pytest.raises(errors.TransactionClaimed):
        unit_of_work(file_request)(
            origin=make_origin(actor=make_person()),
            new_request=NewRequest(kind="RETRO", customer_id=ann.pk, transaction_id=pk),
        )

    assert Request.objects.count() == 1


def test_plans_many_with_as_few_queries(tom, program):
    requests = [
        make_request(
            make_enrollment(make_customer(at=NOON - 9 * DAY), program).customer,
            "RETRO",
            transaction_id=make_transaction(f"m{n}"),
        )
        for n in range(4)
    ]

    def plan(some):
        return plan_requests(org=tom.org, requests=some, now=NOON)

    assert count_queries(lambda: plan(requests)) == count_queries(lambda: plan(requests[:1])) == 9
