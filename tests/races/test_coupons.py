"""Concurrent requests for one coupon, or the last one of a series: one of them wins."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from django.db import connection

from crm.kernel.transactions import unit_of_work
from loyalty.models import Coupon, CouponRedemption
from loyalty.operations.coupons.check_bills import CouponBill
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupon, issue_coupons
from loyalty.operations.coupons.reactivate import reactivate_redemptions
from loyalty.operations.coupons.redeem import redeem_bill, redeem_coupon, revoke_coupon
from tests.builders import make_customer, make_origin
from tests.card_builders import make_coupon, make_coupon_series
from tests.races.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def count_outcomes(*calls: Callable[[], object]) -> Counter[str]:
    """Run the calls at once; count the names of their refusals."""

    def name_outcome(call):
        call()
        return "done"

    return Counter(at_once(*(partial(name_outcome, call) for call in calls)))


def closing(call):
    """Let the call end with the connection of its thread."""

    def run():
        try:
            return call()
        finally:
            connection.close()

    return run


def make_customer_elsewhere(pool):
    """A customer whom another connection has committed."""
    return pool.submit(closing(make_customer)).result()


def redeeming(coupon, customer):
    origin = make_origin()
    return lambda: unit_of_work(redeem_coupon)(
        origin=origin, code=coupon.code, customer_id=customer.pk
    )


def issuing(customer, series):
    origin, request = (
        make_origin(),
        CouponIssueRequest(customer_id=customer.pk, series_id=series.pk),
    )
    return lambda: unit_of_work(issue_coupon)(origin=origin, request=request)


def test_one_form_sent_many_times_at_once_issues_one_coupon():
    customer, series = make_customer(), make_coupon_series()
    request = CouponIssueRequest(customer_id=customer.pk, series_id=series.pk, reference="form-1")

    results = count_outcomes(
        *[lambda: unit_of_work(issue_coupon)(origin=make_origin(), request=request)] * 6
    )

    series.refresh_from_db()
    assert results == {"done": 6}
    assert series.issued_count == Coupon.objects.count() == 1


def test_one_reference_serves_one_of_the_customers_who_use_it_at_once():
    series = make_coupon_series()
    requests = [
        CouponIssueRequest(customer_id=make_customer().pk, series_id=of.pk, reference="form-1")
        for of in (series, make_coupon_series(), make_coupon_series(), make_coupon_series())
    ]

    results = count_outcomes(
        *(
            lambda request=request: unit_of_work(issue_coupon)(
                origin=make_origin(), request=request
            )
            for request in requests
        )
    )

    assert results == {"done": 1, "loyalty.reference_used_otherwise": 3}
    assert Coupon.objects.count() == 1


def test_the_last_redemption_goes_to_one_of_the_customers_who_bring_the_code():
    series = make_coupon_series(transferable=True)
    coupon = make_coupon(make_customer(), series)
    customers = [make_customer() for _ in range(8)]

    results = count_outcomes(*(redeeming(coupon, customer) for customer in customers))

    coupon.refresh_from_db()
    series.refresh_from_db()
    assert results == {"done": 1, "loyalty.coupon_redeemed": 7}
    assert coupon.redemption_count == series.redeemed_count == 1
    assert CouponRedemption.objects.count() == 1


def test_one_customer_at_two_tills_redeems_once():
    coupon = make_coupon(make_customer())

    results = count_outcomes(*[redeeming(coupon, coupon.customer)] * 8)

    assert results == {"done": 1, "loyalty.coupon_redeemed": 7}
    assert CouponRedemption.objects.count() == 1


def test_bills_with_the_same_coupons_in_another_order_redeem_each_once():
    series = make_coupon_series(transferable=True)
    coupons = [make_coupon(make_customer(), series) for _ in range(4)]
    orders = (coupons, coupons[::-1]) * 4
    origin = make_origin()
    bills = [
        CouponBill(customer_id=make_customer().pk, codes=[coupon.code for coupon in order])
        for order in orders
    ]

    results = count_outcomes(
        *(lambda bill=bill: unit_of_work(redeem_bill)(origin=origin, bill=bill) for bill in bills)
    )

    series.refresh_from_db()
    assert results == {"done": 1, "loyalty.coupon_redeemed": 7}
    assert series.redeemed_count == CouponRedemption.objects.count() == 4


def test_a_redemption_is_taken_back_once():
    coupon = make_coupon(make_customer())
    redeeming(coupon, coupon.customer)()
    redemption, origin = CouponRedemption.objects.get(), make_origin()

    results = count_outcomes(
        *[
            lambda: unit_of_work(reactivate_redemptions)(
                origin=origin, redemption_ids=[redemption.pk]
            )
        ]
        * 6
    )

    coupon.refresh_from_db()
    coupon.series.refresh_from_db()
    assert results == {"done": 1, "loyalty.coupon_redemption_reactivated": 5}
    assert (coupon.redemption_count, coupon.series.redeemed_count) == (0, 0)


def test_taking_back_and_redeeming_at_once_keep_the_counts_right():
    series = make_coupon_series(transferable=True)
    coupon = make_coupon(make_customer(), series)
    redeeming(coupon, coupon.customer)()
    redemption, origin = CouponRedemption.objects.get(), make_origin()
    calls = [redeeming(coupon, make_customer()) for _ in range(6)]

    count_outcomes(
        lambda: unit_of_work(reactivate_redemptions)(origin=origin, redemption_ids=[redemption.pk]),
        *calls,
    )

    coupon.refresh_from_db()
    series.refresh_from_db()
    in_force = CouponRedemption.objects.in_force().count()
    assert coupon.redemption_count == series.redeemed_count == in_force <= 1


def test_the_last_one_of_a_series_is_redeemed_once():
    series = make_coupon_series(max_redeem=3)
    held = [make_coupon(make_customer(), series) for _ in range(8)]

    results = count_outcomes(*(redeeming(coupon, coupon.customer) for coupon in held))

    series.refresh_from_db()
    assert results == {"done": 3, "loyalty.coupon_redemption_limit_reached": 5}
    assert series.redeemed_count == CouponRedemption.objects.count() == 3
    assert Coupon.objects.filter(redemption_count=1).count() == 3


def test_a_customers_limit_holds_over_several_coupons():
    customer = make_customer()
    series = make_coupon_series(max_redemptions_per_user=2)
    held = [make_coupon(customer, series) for _ in range(6)]

    results = count_outcomes(*(redeeming(coupon, customer) for coupon in held))

    assert results == {"done": 2, "loyalty.coupon_redemption_limit_reached": 4}


def test_never_issues_more_than_the_series_allows():
    series = make_coupon_series(max_create=5)
    customers = [make_customer() for _ in range(8)]

    results = count_outcomes(*(issuing(customer, series) for customer in customers))

    series.refresh_from_db()
    assert results == {"done": 5, "loyalty.coupon_series_used_up": 3}
    assert series.issued_count == Coupon.objects.count() == 5


def test_a_till_does_not_wait_for_a_unit_that_issues_coupons_of_the_series():
    series = make_coupon_series()
    origin = make_origin()
    requests = [
        CouponIssueRequest(customer_id=make_customer().pk, series_id=series.pk) for _ in range(3)
    ]
    has_issued, may_end = Event(), Event()

    def issue_as_an_import():
        issue_coupons(origin=origin, requests=requests)
        has_issued.set()
        assert may_end.wait(timeout=30)

    def issue_as_a_till():
        assert has_issued.wait(timeout=30)
        issuing(make_customer(), series)()
        may_end.set()

    results = count_outcomes(unit_of_work(issue_as_an_import), issue_as_a_till)

    series.refresh_from_db()
    assert results == {"done": 2}
    assert series.issued_count == Coupon.objects.count() == 4


def test_a_list_that_others_outrun_is_decided_again_and_gets_what_is_left():
    series = make_coupon_series(max_create=4)
    origin = make_origin()
    requests = [
        CouponIssueRequest(customer_id=make_customer().pk, series_id=series.pk) for _ in range(3)
    ]
    attempts = []

    def issue_list():
        results = issue_coupons(origin=origin, requests=requests)
        if not attempts:
            # Tills are faster than this list.
            with ThreadPoolExecutor(1) as tills:
                for _ in range(2):
                    customer = make_customer_elsewhere(tills)
                    tills.submit(closing(issuing(customer, series))).result()
        attempts.append([result.refusal and result.refusal.code for result in results])

    unit_of_work(issue_list)()

    series.refresh_from_db()
    assert attempts == [
        [None, None, None],
        [None, None, "loyalty.coupon_series_used_up"],
    ]
    assert series.issued_count == Coupon.objects.count() == 4


def test_a_customer_gets_one_where_one_may_be_held():
    customer, series = make_customer(), make_coupon_series(several_per_user=False)

    results = count_outcomes(*[issuing(customer, series)] * 8)

    assert results == {"done": 1, "loyalty.coupon_held": 7}


def test_lists_in_opposite_orders_all_get_through():
    customers = [make_customer() for _ in range(15)]
    series = [make_coupon_series() for _ in range(2)]
    origin = make_origin()
    requests = [
        CouponIssueRequest(customer_id=customer.pk, series_id=coupon_series.pk)
        for customer in customers
        for coupon_series in series
    ]
    issue = unit_of_work(issue_coupons)

    results = count_outcomes(
        *(
            lambda chosen_requests=chosen_requests: issue(origin=origin, requests=chosen_requests)
            for chosen_requests in (requests, requests[::-1], requests[10:] + requests[:10])
        )
    )

    assert results == {"done": 3}
    assert Coupon.objects.count() == 90


def test_a_coupon_is_either_redeemed_or_taken_back_first():
    for _ in range(5):
        coupon = make_coupon(make_customer())
        origin = make_origin()

        count_outcomes(
            redeeming(coupon, coupon.customer),
            lambda coupon=coupon, origin=origin: unit_of_work(revoke_coupon)(
                origin=origin, coupon_id=coupon.pk, reason="sent in error"
            ),
        )

        coupon.refresh_from_db()
        assert coupon.revoked_at is not None
        assert coupon.redemption_count == coupon.redemptions.count() <= 1
