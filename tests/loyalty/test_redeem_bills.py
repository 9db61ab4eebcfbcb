"""Redeeming several coupons for one bill: all of them or none."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings

from crm.kernel.transactions import unit_of_work
from customers import errors as customer_errors
from customers.models import OneTimeCode
from customers.rules.one_time_codes import CodeTarget, hash_code
from loyalty import errors
from loyalty.models import Coupon, CouponRedemption
from loyalty.operations.coupons.check_bills import CouponBill
from loyalty.operations.coupons.redeem import plan_redemption, redeem_bill, redeem_coupons
from tests.builders import NOON, make_customer, make_origin, make_store, make_till
from tests.card_builders import make_coupon, make_coupon_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def build_bill(customer, *coupons, **fields):
    return CouponBill(customer_id=customer.pk, codes=[coupon.code for coupon in coupons], **fields)


def redeem(bill, actor=None, at=NOON):
    return unit_of_work(redeem_bill)(origin=make_origin(actor=actor, at=at), bill=bill)


def assert_refused(refusal, bill, **more):
    """The refusal comes, and no coupon of the bill is redeemed."""
    before = CouponRedemption.objects.count()
    counts = list(Coupon.objects.order_by("pk").values_list("redemption_count"))
    with pytest.raises(refusal):
        redeem(bill, **more)
    assert CouponRedemption.objects.count() == before
    assert list(Coupon.objects.order_by("pk").values_list("redemption_count")) == counts


def test_redeems_all_and_takes_no_more_off_than_the_bill():
    customer = make_customer()
    fixed = make_coupon_series(discount_type="ABS", discount_value=80)
    capped = make_coupon_series(discount_value=50, discount_upto=30)
    coupons = [make_coupon(customer, capped), make_coupon(customer, fixed)]

    result = redeem(build_bill(customer, *coupons, amount=100, transaction_number="b-1"))

    assert [use.discount for use in result.coupons] == [Decimal(30), Decimal(70)]
    rows = CouponRedemption.objects.order_by("pk")
    assert [(row.coupon, row.discount, row.bill_amount) for row in rows] == [
        (coupons[0], 30, 100),
        (coupons[1], 70, 100),
    ]
    assert [row.pk for row in rows] == [use.redemption_id for use in result.coupons]
    for coupon in coupons:
        coupon.refresh_from_db()
        coupon.series.refresh_from_db()
        assert (coupon.redemption_count, coupon.series.redeemed_count) == (1, 1)


def test_one_refused_coupon_refuses_the_bill():
    customer = make_customer()
    good, over = make_coupon(customer), make_coupon(customer, expires_at=NOON - DAY)

    assert_refused(errors.CouponExpired, build_bill(customer, good, over))
    assert_refused(errors.CouponRepeated, build_bill(customer, good, good))
    assert_refused(errors.CouponMissing, build_bill(customer))
    assert_refused(errors.CouponMissing, build_bill(customer, *[good] * 51))
    assert redeem(build_bill(customer, good))


def test_coupons_of_one_bill_count_for_the_limits_of_the_next_ones():
    customer = make_customer()
    once = make_coupon_series(max_redemptions_per_user=1)
    last = make_coupon_series(max_redeem=1)

    for series in (once, last):
        both = [make_coupon(customer, series), make_coupon(customer, series)]
        assert_refused(errors.CouponRedemptionLimitReached, build_bill(customer, *both))


def test_exclusive_series_are_refused_on_one_bill():
    customer, till = make_customer(), make_till(parent=make_store())
    autumn, sale = (make_coupon_series(exclusive_group=group) for group in ("Sale", "sale "))
    one, other = make_coupon(customer, autumn), make_coupon(customer, sale)
    free = make_coupon(customer)

    assert_refused(errors.CouponExcluded, build_bill(customer, one, other))
    redeem(build_bill(customer, one, free, transaction_number="b-1"), actor=till)
    same_bill = build_bill(customer, other, transaction_number="b-1")
    assert_refused(errors.CouponExcluded, same_bill, actor=till)
    assert redeem(build_bill(customer, other, transaction_number="b-2"), actor=till)


def test_a_code_is_needed_where_the_series_asks_for_one():
    customer = make_customer()
    coupon = make_coupon(customer, make_coupon_series(validation_required=True))
    target = CodeTarget("CUSTOMER", str(customer.pk), "COUPON")
    OneTimeCode.objects.create(
        org=customer.org,
        entity_type=target.type,
        entity_value=target.value,
        action=target.action,
        code_hash=hash_code("123456", target, org_id=customer.org_id, secret=settings.SECRET_KEY),
        sent_at=NOON,
        expires_at=NOON + DAY,
    )

    assert_refused(errors.CodeRequired, build_bill(customer, coupon))
    assert_refused(
        customer_errors.CodeInvalid, build_bill(customer, coupon, one_time_code="654321")
    )
    assert redeem(build_bill(customer, coupon, one_time_code="123456"))
    assert OneTimeCode.objects.get().used_at == NOON


def test_the_time_of_the_redemption_decides():
    customer = make_customer()
    coupon = make_coupon(customer, at=NOON - 9 * DAY, expires_at=NOON - DAY)
    bill = build_bill(customer, coupon, redeemed_at=NOON - 2 * DAY)

    assert_refused(
        errors.LedgerDateInvalid, build_bill(customer, coupon, redeemed_at=NOON + 3 * DAY)
    )
    early = build_bill(customer, coupon, redeemed_at=NOON - 10 * DAY)
    assert_refused(errors.CouponNotYetActive, early)
    redeem(bill)
    assert CouponRedemption.objects.get().redeemed_at == NOON - 2 * DAY


@pytest.mark.parametrize(
    "amount", [-1, "NaN", "Infinity", 1e300, 10**30, True, [1], "1e999999999", "\x00"]
)
def test_an_amount_that_is_none_is_refused(amount):
    customer = make_customer()

    assert_refused(errors.AmountInvalid, build_bill(customer, make_coupon(customer), amount=amount))


def test_a_refused_bill_of_a_list_affects_no_other():
    first, second = make_customer(), make_customer()
    series = make_coupon_series(max_redeem=1)
    over = make_coupon(first, expires_at=NOON - DAY)
    bills = [
        build_bill(first, make_coupon(first, series), over),
        build_bill(second, make_coupon(second, series)),
        build_bill(first, make_coupon(first, series)),
    ]

    results = unit_of_work(redeem_coupons)(origin=make_origin(), bills=bills)

    assert [result.refusal for result in results] == [
        errors.CouponExpired(),
        None,
        errors.CouponRedemptionLimitReached(limit=1),
    ]
    assert [row.customer for row in CouponRedemption.objects.all()] == [second]


def test_bills_of_a_list_share_what_a_coupon_has_left():
    customer, other = make_customer(), make_customer()
    series = make_coupon_series(max_redemptions_per_coupon=2, any_user=True)
    coupon = make_coupon(customer, series)
    people = [customer, other, make_customer()]

    results = unit_of_work(redeem_coupons)(
        origin=make_origin(), bills=[build_bill(person, coupon) for person in people]
    )

    assert [result.refusal for result in results] == [None, None, errors.CouponRedeemed()]
    coupon.refresh_from_db()
    series.refresh_from_db()
    assert (coupon.redemption_count, series.redeemed_count) == (2, 2)


def test_planning_says_why_for_each_coupon_and_changes_nothing():
    customer = make_customer()
    series = make_coupon_series(validation_required=True, max_redemptions_per_coupon=3)
    good, over = make_coupon(customer, series), make_coupon(customer, expires_at=NOON - DAY)

    result = plan_redemption(
        origin=make_origin(), bill=build_bill(customer, over, good, amount=Decimal(50))
    )

    assert result.refusal == errors.CouponExpired()
    assert [use.refusal for use in result.coupons] == [errors.CouponExpired(), None]
    assert (result.coupons[1].discount, result.coupons[1].redemptions_left) == (5, 3)
    assert result.coupons[1].needs_code
    assert not CouponRedemption.objects.exists()


def test_many_bills_take_as_many_queries_as_one():
    def run(count):
        customers = [make_customer() for _ in range(count)]
        series = make_coupon_series(exclusive_group="one")
        bills = [
            build_bill(customer, make_coupon(customer, series), make_coupon(customer),
                       transaction_number="b")
            for customer in customers
        ]  # fmt: skip
        return count_queries(
            lambda: unit_of_work(redeem_coupons)(origin=make_origin(), bills=bills)
        )

    assert run(1) >= run(8)
