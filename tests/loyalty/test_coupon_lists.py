"""Lists of coupons: filtered by status, paged, in a constant number of queries."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from crm.kernel.transactions import unit_of_work
from loyalty.errors import CouponStatusUnknown
from loyalty.models import Coupon
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.queries.coupons.coupons import (
    CouponLine,
    EntitySummary,
    RedemptionLine,
    get_series_details,
    list_coupons,
)
from loyalty.rules.coupons import STATUSES
from tests.builders import (
    NOON,
    get_or_make_organization,
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


def list_page(*customers, now=NOON, limit=100, **filters):
    return list_coupons(
        org_id=get_or_make_organization().pk,
        customer_ids=[customer.pk for customer in customers],
        now=now,
        limit=limit,
        **filters,
    )


def list_codes(*customers, **filters):
    return [line.code for line in list_page(*customers, **filters).coupons]


def test_tells_all_of_a_coupon():
    store = make_store(code="storecode", name="webstore1", description="webenagestore")
    till, customer = make_till(parent=store), make_customer()
    series = make_coupon_series(
        "GM0V3HXC",
        description="Mobile Push offer 1",
        discount_code="MobilePush",
        discount_upto=50,
        max_redemptions_per_coupon=3,
    )
    coupon = make_coupon(
        customer, series, "ER07BCJ8", issued_by=till, issued_in=store, transaction_number="21"
    )
    redemption = unit_of_work(redeem_coupon)(
        origin=make_origin(actor=till),
        code="ER07BCJ8",
        customer_id=customer.pk,
        bill_amount=Decimal("12.5"),
        transaction_number="BIL2042040",
    )
    store_summary = EntitySummary(store.pk, "storecode", "webstore1", "webenagestore", "STORE")

    page = list_page(customer)

    assert page.total == 1
    assert page.coupons == [
        CouponLine(
            id=coupon.pk,
            org_id=coupon.org_id,
            code="ER07BCJ8",
            series_id=series.pk,
            series_code="GM0V3HXC",
            description="Mobile Push offer 1",
            info="",
            discount_type="PERC",
            discount_value=Decimal(10),
            discount_upto=Decimal(50),
            discount_on="BILL",
            discount_code="MobilePush",
            customer_id=customer.pk,
            issued_by_id=till.pk,
            issued_in=store_summary,
            issued_at=NOON,
            active_from=NOON,
            redeemable_from=NOON,
            expires_at=NOON + 30 * DAY,
            revoked_at=None,
            transaction_number="21",
            redemption_count=1,
            redemptions_left=2,
            redemptions=[
                RedemptionLine(
                    id=redemption.redemption_id,
                    coupon_id=coupon.pk,
                    customer_id=customer.pk,
                    redeemed_at=NOON,
                    redeemed_by_id=till.pk,
                    redeemed_in=store_summary,
                    transaction_number="BIL2042040",
                    bill_amount=Decimal("12.5"),
                    discount=Decimal("1.25"),
                )
            ],
        )
    ]


def test_the_query_of_a_status_agrees_with_its_rule_for_every_kind_of_coupon():
    customer = make_customer()
    series = make_coupon_series(max_redemptions_per_coupon=2)
    second = timedelta(seconds=1)
    for count, expiry, revoked in product(
        (0, 1, 2), (None, NOON - second, NOON, NOON + second), (None, NOON)
    ):
        make_coupon(customer, series, redemption_count=count, expires_at=expiry, revoked_at=revoked)
    rows = list(Coupon.objects.order_by("-pk"))

    for status, criteria in STATUSES.items():
        by_rule = [
            row.code
            for row in rows
            if criteria.matches(
                redemption_count=row.redemption_count,
                expires_at=row.expires_at,
                revoked_at=row.revoked_at,
                now=NOON,
            )
        ]
        assert list_codes(customer, statuses=[status]) == by_rule
        assert 0 < len(by_rule) < len(rows)


def test_means_by_each_status_what_the_reference_says():
    customer = make_customer()
    make_coupon(customer, code="good")
    make_coupon(customer, code="used", redemption_count=1)
    make_coupon(customer, code="over", expires_at=NOON - DAY)
    make_coupon(customer, code="used and over", redemption_count=1, expires_at=NOON - DAY)
    make_coupon(customer, code="taken back", revoked_at=NOON)

    by_status = {status: set(list_codes(customer, statuses=[status])) for status in STATUSES}

    assert by_status == {
        "ACTIVE": {"good", "used"},
        "REDEEMED": {"used", "used and over"},
        "UNREDEEMED": {"good", "over", "taken back"},
        "EXPIRED": {"over", "used and over"},
        "UNEXPIRED": {"good", "used", "taken back"},
        "ACTIVE_REDEEMED": {"used"},
        "ACTIVE_UNREDEEMED": {"good"},
        "EXPIRED_REDEEMED": {"used and over"},
        "EXPIRED_UNREDEEMED": {"over"},
    }
    assert set(list_codes(customer, statuses=["expired", "Active_Unredeemed"])) == {
        "over",
        "used and over",
        "good",
    }
    with pytest.raises(CouponStatusUnknown):
        list_codes(customer, statuses=["Active", "Lost"])


def test_pages_newest_first_and_counts_all():
    first_customer, second_customer = make_customer(), make_customer()
    series = make_coupon_series()
    for n in range(5):
        make_coupon(first_customer if n % 2 else second_customer, series, f"C{n}")

    page = list_page(first_customer, second_customer, limit=2, offset=1)

    assert [line.code for line in page.coupons] == ["C3", "C2"]
    assert page.total == 5


def test_filters_by_series_and_day_of_issue():
    customer = make_customer()
    series = make_coupon_series()
    make_coupon(customer, series, "old", at=NOON - DAY)
    make_coupon(customer, series, "new")
    make_coupon(customer, code="other")

    assert list_codes(customer, series_id=series.pk) == ["new", "old"]
    assert list_codes(customer, series_id=series.pk, issued_from=NOON) == ["new"]
    assert list_codes(customer, issued_till=NOON - DAY) == ["old"]


def test_tells_nothing_of_another_organization():
    stranger = make_customer(make_organization())
    coupon = make_coupon(stranger)

    assert list_page(stranger).total == 0
    assert (
        get_series_details(org_id=get_or_make_organization().pk, series_ids=[coupon.series_id])
        == {}
    )


def test_takes_three_queries_however_many_there_are():
    customer = make_customer()
    for _ in range(20):
        unit_of_work(redeem_coupon)(
            origin=make_origin(actor=make_till()),
            code=make_coupon(customer, issued_in=make_store()).code,
            customer_id=customer.pk,
        )
    org_id = get_or_make_organization().pk

    queries = count_queries(
        lambda: list_coupons(org_id=org_id, customer_ids=[customer.pk], now=NOON, limit=100)
    )

    assert queries == 3


def test_tells_whole_series_with_their_places_by_two_queries():
    zone, store = make_store(), make_store()
    series = make_coupon_series()
    series.redeemable_at.add(store, zone)
    other = make_coupon_series()
    ids = [series.pk, other.pk]
    org_id = get_or_make_organization().pk

    details = get_series_details(org_id=org_id, series_ids=ids)

    assert details[series.pk].series == series
    assert [entity.id for entity in details[series.pk].redeemable_at] == [zone.pk, store.pk]
    assert details[other.pk].redeemable_at == ()
    assert count_queries(lambda: get_series_details(org_id=org_id, series_ids=ids)) == 2
