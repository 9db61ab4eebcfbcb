"""Goodwill coupons (contract, sections 5.3, 6 and 7)."""

from datetime import timedelta

import pytest

from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact
from crm.kernel.transactions import unit_of_work
from customers.models import Customer
from loyalty.errors import (
    CouponHeld,
    CouponSeriesInactive,
    CouponSeriesUnknown,
    CouponSeriesUsedUp,
    MarkedAsFraud,
)
from loyalty.models import Coupon, CouponSeries
from tests.approval_builders import approve, make_person, make_request
from tests.builders import (
    NOON,
    make_customer,
    make_organization,
    make_origin,
    make_store,
    make_till,
)
from tests.card_builders import make_coupon, make_coupon_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom():
    return make_customer()


def plan_of(request):
    return plan_requests(org=request.org, requests=[request], now=NOON)[request.pk]


def test_shows_the_series_its_worth_its_validity_and_what_is_left(tom):
    series = make_coupon_series(
        "sorry", description="Sorry", discount_upto=250, valid_days=10, max_create=3
    )

    plan = plan_of(make_request(tom, "COUPON", series_id=series.pk))

    assert list(plan.differences) == [Difference("Coupon", "(none)", "One of Sorry")]
    assert list(plan.facts) == [
        Fact("Series", f"Sorry ({series.pk})"),
        Fact("Discount", "10 % off, at most 250"),
        Fact("Coupons left in the series", "3"),
        Fact("Expires", "12 Mar 2026"),
    ]
    assert (list(plan.blockers), plan.points) == ([], None)
    assert not Coupon.objects.exists()


def test_a_series_in_use_leaves_the_preview_as_it_was_until_few_are_left(tom):
    series = make_coupon_series(max_create=1000, discount_type="ABS", discount_value=50)
    request = make_request(tom, "COUPON", series_id=series.pk)
    before = plan_of(request)

    CouponSeries.objects.update(issued_count=500)
    later = plan_of(request)
    CouponSeries.objects.update(issued_count=999)
    last = plan_of(request)

    assert before.facts[1:3] == [
        Fact("Discount", "50 off"),
        Fact("Coupons left in the series", "More than 100 of 1000"),
    ]
    assert before.digest == later.digest != last.digest
    assert last.facts[2].words == "1"


def test_issues_it_once_at_the_makers_store_under_the_requests_own_reference(tom):
    store = make_store()
    series = make_coupon_series()
    request = make_request(
        tom, "COUPON", maker=make_till(parent=store), series_id=str(series.pk), reason="sorry"
    )

    assert approve(request).refusal is None

    coupon = Coupon.objects.get()
    assert (coupon.customer, coupon.series, coupon.issued_in) == (tom, series, store)
    assert (coupon.reference, coupon.issued_at) == (f"request-{request.pk}", NOON)
    approve(request)
    assert Coupon.objects.count() == 1


@pytest.mark.parametrize("series_id", [None, "", "x", 2**62, 2**70, True, [1], "-1"])
def test_refuses_a_series_that_is_not_there(tom, series_id):
    with pytest.raises(CouponSeriesUnknown):
        make_request(tom, "COUPON", series_id=series_id)

    assert not Request.objects.exists()


def test_refuses_what_the_series_does_not_allow_and_other_organizations_series(tom):
    theirs = make_coupon_series(org=make_organization("other"))
    ended = make_coupon_series(is_active=False)
    alone = make_coupon_series(several_per_user=False)
    make_coupon(tom, alone)

    for series, refusal in (
        (theirs, CouponSeriesUnknown),
        (ended, CouponSeriesInactive),
        (alone, CouponHeld),
    ):
        with pytest.raises(refusal):
            make_request(tom, "COUPON", series_id=series.pk)


def test_refuses_a_customer_marked_as_fraud(tom):
    series = make_coupon_series()
    request = make_request(tom, "COUPON", series_id=series.pk)
    Customer.objects.update(fraud_status="RECONFIRMED")
    other = make_coupon_series()

    with pytest.raises(MarkedAsFraud):
        make_request(tom, "COUPON", series_id=other.pk)
    assert list(plan_of(request).blockers) == [
        f"Customer {tom.pk} is marked as fraud: no redemption, goodwill or transfer."
    ]
    assert isinstance(approve(request).refusal, MarkedAsFraud)
    assert not Coupon.objects.exists()


def test_says_what_stands_in_the_way_by_now(tom):
    series = make_coupon_series(max_create=1)
    request = make_request(tom, "COUPON", series_id=series.pk)
    CouponSeries.objects.update(issued_count=1)

    assert list(plan_of(request).blockers) == ["All 1 coupons of the series have been issued."]
    assert isinstance(approve(request).refusal, CouponSeriesUsedUp)


def test_answers_with_the_coupon_that_is_held_where_the_series_says_so(tom):
    series = make_coupon_series(several_per_user=False, resend_held=True)
    make_coupon(tom, series, expires_at=NOON + timedelta(days=1))
    request = make_request(tom, "COUPON", series_id=series.pk)

    plan = plan_of(request)

    assert plan.differences == []
    assert plan.facts[-1] == Fact("Existing coupon", "Sent again; no new coupon is issued.")
    assert approve(request).refusal is None
    assert Coupon.objects.count() == 1


def test_the_last_coupon_goes_to_the_first_of_a_list():
    series, maker = make_coupon_series(max_create=2), make_person()
    requests = [
        make_request(make_customer(), "COUPON", maker=maker, series_id=series.pk) for _ in range(3)
    ]

    def plan(some):
        return plan_requests(org=series.org, requests=some, now=NOON)

    plans = plan(requests)
    assert count_queries(lambda: plan(requests)) == count_queries(lambda: plan(requests[:1])) == 5
    assert [list(plan.blockers) for plan in plans.values()] == [[], [], []]

    decided = unit_of_work(decide_requests)(
        origin=make_origin(actor=make_person()),
        request_ids=[request.pk for request in requests],
        verdict=Verdict(approve=True),
    )

    assert [type(outcome.refusal) for outcome in decided] == [
        type(None),
        type(None),
        CouponSeriesUsedUp,
    ]
    assert Coupon.objects.count() == 2
