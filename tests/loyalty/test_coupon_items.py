"""Coupons that are good for some items only, or whose discount is on one item."""

from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from loyalty import errors
from loyalty.models import CouponRedemption
from loyalty.operations.coupons.redeem import plan_redemption, redeem_coupon
from loyalty.rules.transactions import SaleLine
from tests.builders import make_customer, make_origin
from tests.card_builders import make_coupon, make_coupon_series
from tests.loyalty.test_redeem_bills import assert_refused, build_bill, redeem

pytestmark = pytest.mark.django_db

SHIRT = SaleLine(
    item_code="SH-1", quantity=2, rate=30, attributes={"Brand": "Tiger", "category": "Clothes"}
)
SOCKS = SaleLine(item_code="SO-1", amount=20, attributes={"brand": "puma", "category": "Clothes"})
SALE = SaleLine(item_code="SA-1", gross_amount=50, discount=10, attributes={"brand": "Tiger"})
BAG_RETURNED = SaleLine(item_code="BAG", amount=-15)
LINES = [SHIRT, SOCKS, SALE]


def give(**rules):
    customer = make_customer()
    return customer, make_coupon(customer, make_coupon_series(**rules))


def get_discount(lines, amount=None, **rules):
    customer, coupon = give(**rules)
    [use] = redeem(build_bill(customer, coupon, items=lines, amount=amount)).coupons
    return use.discount


@pytest.mark.parametrize(
    ("rules", "discount"),
    [
        ({"valid_with_discounted_items": True}, "12.00"),
        # The item on sale does not count.
        ({}, "8.00"),
        ({"discount_type": "ABS", "discount_value": 100}, "80.00"),
        ({"valid_with_discounted_items": True, "products": [" sh-1 ", "sa-1"]}, "10.00"),
        ({"products": ["sh-1", "sa-1"]}, "6.00"),
        ({"brands": ["PUMA"]}, "2.00"),
        ({"categories": ["clothes"]}, "8.00"),
        ({"categories": ["clothes"], "brands": ["tiger"]}, "6.00"),
        ({"discount_on": "ITEM", "discount_upto": 5}, "5.00"),
        ({"discount_on": "ITEM"}, "6.00"),
        ({"discount_on": "ITEM", "discount_type": "ABS", "discount_value": 70}, "60.00"),
        ({"discount_on": "ITEM", "brands": ["puma"]}, "2.00"),
    ],
)
def test_the_discount_is_taken_of_what_the_coupon_is_good_for(rules, discount):
    assert str(get_discount(LINES, **rules)) == discount


def test_a_bill_may_cost_less_or_more_than_its_items():
    assert get_discount([SHIRT, SOCKS], amount=90) == 9  # with the delivery
    assert get_discount(LINES, amount=50, discount_type="ABS", discount_value=70) == 50
    assert get_discount([SHIRT, BAG_RETURNED]) == Decimal("4.5")


@pytest.mark.parametrize(
    ("lines", "rules"),
    [
        ([SALE], {}),
        ([SHIRT], {"brands": ["puma"]}),
        ([SHIRT], {"products": ["SO-1"]}),
        ([SOCKS, SALE], {"categories": ["Shoes"]}),
        ([BAG_RETURNED, SHIRT], {"products": ["BAG"]}),
    ],
)
def test_a_coupon_for_none_of_the_items_is_refused(lines, rules):
    customer, coupon = give(**rules)

    # The bill is worth something, whatever its items are.
    bill = build_bill(customer, coupon, items=lines, amount=100)
    assert_refused(errors.CouponNotForItems, bill)


@pytest.mark.parametrize("names", ["products", "brands", "categories"])
def test_items_are_needed_where_the_series_names_some(names):
    customer, coupon = give(**{names: ["x"]})
    bill = build_bill(customer, coupon, amount=100)

    assert_refused(errors.CouponItemsMissing, bill)
    result = plan_redemption(origin=make_origin(), bill=bill)
    [use] = result.coupons
    assert (result.refusal, use.needs_items, use.discount) == (None, True, None)


def test_the_discount_on_an_item_is_unknown_without_items():
    customer, coupon = give(discount_on="ITEM")

    [use] = redeem(build_bill(customer, coupon, amount=100)).coupons

    assert (use.needs_items, use.discount) == (False, None)
    assert CouponRedemption.objects.get().discount is None


def test_rows_brought_in_tell_no_items():
    customer, coupon = give(products=["x"])

    unit_of_work(redeem_coupon)(
        origin=make_origin(), code=coupon.code, customer_id=customer.pk, bill_amount=Decimal(10)
    )

    assert CouponRedemption.objects.get().coupon == coupon


@pytest.mark.parametrize(
    "line",
    [
        SaleLine(item_code="a", amount="x"),
        SaleLine(item_code="a", amount=10**30),
        SaleLine(item_code="a", quantity="NaN", rate=1),
    ],
)
def test_amounts_that_are_none_are_refused(line):
    customer, coupon = give()

    assert_refused(errors.AmountInvalid, build_bill(customer, coupon, items=[line]))
