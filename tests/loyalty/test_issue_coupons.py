"""Issuing coupons: unique codes, within the limits of the series."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerMerged, CustomerUnknown
from loyalty.errors import (
    CouponCodeInvalid,
    CouponCodeTaken,
    CouponExpired,
    CouponHeld,
    CouponSeriesExpired,
    CouponSeriesInactive,
    CouponSeriesUnknown,
    CouponSeriesUsedUp,
    CouponTooSoon,
    CouponTransactionInvalid,
    CouponUserLimitReached,
    ReferenceUsedOtherwise,
)
from loyalty.models import Coupon
from loyalty.operations.coupons import write as coupon_codes
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupon, issue_coupons
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

DAY = timedelta(days=1)


def make_request(customer, series, **fields):
    return CouponIssueRequest(customer_id=customer.pk, series_id=series.pk, **fields)


def issue(*requests, **origin):
    return unit_of_work(issue_coupons)(origin=make_origin(**origin), requests=requests)


def refusals(outcomes):
    return [type(outcome.refusal) for outcome in outcomes]


def test_issues_a_coupon_that_is_good_until_the_end_of_its_last_day():
    store = make_store(code="storecode")
    till, customer = make_till(parent=store), make_customer()
    series = make_coupon_series(valid_days=200, max_redemptions_per_coupon=3)

    issued = unit_of_work(issue_coupon)(
        origin=make_origin(actor=till),
        request=make_request(
            customer, series, transaction_number="2147877652", issued_in_id=store.pk
        ),
    )

    coupon = Coupon.objects.values().get()
    expiry = datetime(2026, 9, 18, 18, 29, 59, tzinfo=UTC)
    assert (issued.coupon_id, issued.code, issued.expires_at) == (
        coupon["id"],
        coupon["code"],
        expiry,
    )
    assert coupon == {
        "id": issued.coupon_id,
        "org_id": customer.org_id,
        "series_id": series.pk,
        "customer_id": customer.pk,
        "code": issued.code,
        "issued_by_id": till.pk,
        "issued_in_id": store.pk,
        "issued_at": NOON,
        "active_from": NOON,
        "expires_at": expiry,
        "transaction_number": "2147877652",
        "max_redemptions": 3,
        "redemption_count": 0,
        "revoked_at": None,
        "revoked_by_id": None,
        "revoke_reason": "",
        "reference": "",
    }
    series.refresh_from_db()
    assert series.issued_count == 1
    event = Event.objects.get()
    assert (event.kind, event.subject_id, event.after) == (
        "coupon.issued",
        issued.coupon_id,
        {"series": series.pk, "customer": customer.pk},
    )


def test_draws_again_where_a_code_is_there_already(monkeypatch):
    first, second = make_customer(), make_customer()
    series = make_coupon_series()
    make_coupon(first, series, "TAKEN")
    draws = iter([{"TAKEN", "FREE"}, {"OTHER"}])
    monkeypatch.setattr(coupon_codes, "draw_codes", lambda count: next(draws))

    outcomes = issue(make_request(first, series), make_request(second, series))

    assert {outcome.code for outcome in outcomes} == {"FREE", "OTHER"}
    assert {(c.pk, c.code) for c in Coupon.objects.exclude(code="TAKEN")} == {
        (outcome.coupon_id, outcome.code) for outcome in outcomes
    }


def test_says_what_became_of_each_of_a_list():
    customer, merged = make_customer(), make_customer()
    merged.merged_into = customer
    merged.save()
    stranger = make_customer(make_organization())
    series = make_coupon_series()
    inactive = make_coupon_series(is_active=False)
    over = make_coupon_series(valid_till_date=date(2026, 3, 1))
    elsewhere = make_coupon_series(org=stranger.org)

    outcomes = issue(
        make_request(customer, series),
        make_request(merged, series),
        make_request(stranger, series),
        make_request(customer, inactive),
        make_request(customer, over),
        make_request(customer, elsewhere),
        make_request(customer, series, transaction_number="\x00"),
        make_request(customer, series, transaction_number="1" * 101),
        CouponIssueRequest(customer_id=10**30, series_id=series.pk),
        CouponIssueRequest(customer_id=customer.pk, series_id=10**30),
    )

    assert refusals(outcomes) == [
        type(None),
        CustomerMerged,
        CustomerUnknown,
        CouponSeriesInactive,
        CouponSeriesExpired,
        CouponSeriesUnknown,
        CouponTransactionInvalid,
        CouponTransactionInvalid,
        CustomerUnknown,
        CouponSeriesUnknown,
    ]
    assert Coupon.objects.count() == 1


def test_never_issues_more_than_the_series_allows():
    customers = [make_customer() for _ in range(3)]
    series = make_coupon_series(max_create=2)

    outcomes = issue(*(make_request(customer, series) for customer in customers))

    assert refusals(outcomes) == [type(None), type(None), CouponSeriesUsedUp]
    assert refusals(issue(make_request(customers[0], series))) == [CouponSeriesUsedUp]
    series.refresh_from_db()
    assert series.issued_count == Coupon.objects.count() == 2


def test_keeps_to_what_one_customer_may_have():
    customer, other = make_customer(), make_customer()
    twice = make_coupon_series(max_coupons_per_user=2)
    single = make_coupon_series(several_per_user=False)
    rare = make_coupon_series(min_days_between_coupons=7)
    make_coupon(customer, rare, at=NOON - 8 * DAY)
    make_coupon(customer, single, expires_at=NOON - DAY)
    make_coupon(customer, single, redemption_count=1)
    make_coupon(customer, single, revoked_at=NOON)

    outcomes = issue(
        *[make_request(customer, twice)] * 3,
        *[make_request(customer, single)] * 2,
        *[make_request(customer, rare)] * 2,
        make_request(other, single),
        make_request(other, rare),
    )

    assert refusals(outcomes) == [
        type(None),
        type(None),
        CouponUserLimitReached,
        type(None),
        CouponHeld,
        type(None),
        CouponTooSoon,
        type(None),
        type(None),
    ]


def test_answers_with_the_coupon_held_where_the_series_says_so():
    customer = make_customer()
    series = make_coupon_series(several_per_user=False, resend_held=True)

    outcomes = issue(make_request(customer, series), make_request(customer, series))
    again = issue(make_request(customer, series))

    assert {outcome.code for outcome in (*outcomes, *again)} == {Coupon.objects.get().code}
    assert [outcome.notices for outcome in (*outcomes, *again)] == [
        [],
        [Notice("loyalty.coupon_resent")],
        [Notice("loyalty.coupon_resent")],
    ]
    series.refresh_from_db()
    assert series.issued_count == 1


def test_takes_codes_that_were_issued_elsewhere_once_each():
    customer, other = make_customer(), make_customer()
    series = make_coupon_series(max_create=5)
    make_coupon(customer, series, "KNRYHMRW")

    outcomes = issue(
        make_request(customer, series, code=" 7tf6tbqb "),
        make_request(other, series, code="7TF6TBQB"),
        make_request(other, series, code="knryhmrw"),
        make_request(other, series, code="\x00"),
        make_request(other, series, code=7),
        make_request(other, series),
    )

    assert refusals(outcomes) == [
        type(None),
        CouponCodeTaken,
        CouponCodeTaken,
        CouponCodeInvalid,
        CouponCodeInvalid,
        type(None),
    ]
    assert [outcome.coupon_id is None for outcome in outcomes] == [
        False, True, True, True, True, False,
    ]  # fmt: skip
    assert Coupon.objects.get(code="7TF6TBQB").customer == customer
    series.refresh_from_db()
    assert series.issued_count == 2


def test_takes_as_many_queries_for_many_as_for_one():
    customers = [make_customer() for _ in range(30)]
    series = make_coupon_series()

    def issue_to(chosen_customers):
        issue(*(make_request(customer, series) for customer in chosen_customers))

    issue_to(customers[:1])
    assert count_queries(lambda: issue_to(customers)) == count_queries(
        lambda: issue_to(customers[:1])
    )
    assert count_queries(lambda: issue_to(customers)) <= 11


def test_issues_what_was_issued_under_its_reference_only_once():
    customer, series = make_customer(), make_coupon_series(valid_days=3)

    [first] = issue(make_request(customer, series, reference="form-1"))
    [second] = issue(make_request(customer, series, reference="form-1"))

    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert (second.coupon_id, second.code) == (first.coupon_id, first.code)
    assert second.expires_at == first.expires_at
    series.refresh_from_db()
    assert series.issued_count == Coupon.objects.count() == 1


def test_refuses_a_reference_of_another_wish():
    customer, other = make_customer(), make_customer()
    series = make_coupon_series()
    issue(make_request(customer, series, reference="form-1"))

    outcomes = issue(
        make_request(other, series, reference="form-1"),
        make_request(customer, series, reference="form-2"),
        make_request(customer, series, reference="form-2"),
    )

    assert refusals(outcomes) == [ReferenceUsedOtherwise, type(None), ReferenceUsedOtherwise]
    assert Coupon.objects.count() == 2


@pytest.mark.parametrize(
    ("rules", "last_day", "expires_at"),
    [
        ({"valid_days": 3}, date(2026, 9, 1), datetime(2026, 9, 1, 18, 29, 59, tzinfo=UTC)),
        (
            {"valid_till_date": date(2026, 8, 1)},
            date(2026, 9, 1),
            datetime(2026, 8, 1, 18, 29, 59, tzinfo=UTC),
        ),
    ],
)
def test_takes_a_last_day_of_its_own_within_that_of_the_series(rules, last_day, expires_at):
    customer, series = make_customer(), make_coupon_series(**rules)

    [issued] = issue(make_request(customer, series, last_day=last_day))

    assert issued.expires_at.replace(microsecond=0) == expires_at
    assert Coupon.objects.get().expires_at == issued.expires_at


def test_refuses_a_last_day_that_is_over():
    customer, series = make_customer(), make_coupon_series()

    assert refusals(issue(make_request(customer, series, last_day=date(2026, 3, 1)))) == [
        CouponExpired
    ]
    assert not Coupon.objects.exists()
