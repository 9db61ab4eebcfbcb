"""Taking back redemptions of coupons: what was redeemed can be redeemed again."""

import pytest
from django.utils import timezone

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from loyalty import errors
from loyalty.models import CouponRedemption
from loyalty.operations.coupons.reactivate import reactivate_redemptions
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.queries.coupons.coupons import list_coupons
from loyalty.queries.redemptions import RedemptionFilter, list_redemptions
from tests.builders import NOON, make_customer, make_organization, make_origin, make_till
from tests.card_builders import make_coupon, make_coupon_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def redeem(coupon):
    return unit_of_work(redeem_coupon)(
        origin=make_origin(), code=coupon.code, customer_id=coupon.customer_id
    ).redemption_id


def reactivate(*ids, actor=None):
    unit_of_work(reactivate_redemptions)(origin=make_origin(actor=actor), redemption_ids=ids)


def test_a_redemption_that_was_taken_back_counts_no_more():
    series = make_coupon_series(max_redemptions_per_user=1, max_redeem=1)
    coupon, till = make_coupon(make_customer(), series), make_till()
    redemption_id = redeem(coupon)

    reactivate(redemption_id, actor=till)

    redemption = CouponRedemption.objects.get()
    coupon.refresh_from_db()
    series.refresh_from_db()
    assert (redemption.reactivated_at, redemption.reactivated_by) == (NOON, till)
    assert (coupon.redemption_count, series.redeemed_count) == (0, 0)
    event = Event.objects.get(kind="coupon.reactivated")
    assert (event.subject_id, event.after["by"]) == (coupon.pk, redemption_id)
    assert redeem(coupon) != redemption_id


def test_lists_and_statuses_show_only_redemptions_in_force():
    coupon = make_coupon(make_customer())
    reactivate(redeem(coupon))

    def list_lines(*statuses):
        return list_coupons(
            org_id=coupon.org_id,
            customer_ids=[coupon.customer_id],
            now=timezone.now(),
            limit=9,
            statuses=statuses,
        ).coupons

    shown = list_redemptions(
        customer_ids=[coupon.customer_id], coupons=RedemptionFilter(), points=None
    )[coupon.customer_id]
    assert (shown.coupons, shown.coupons_count) == ([], 0)
    assert list_lines("Redeemed") == []
    [line] = list_lines("Unredeemed")
    assert (line.redemptions, line.redemptions_left) == ([], 1)

    again = redeem(coupon)
    [line] = list_lines("Redeemed")
    assert [redemption.id for redemption in line.redemptions] == [again]


def test_takes_back_all_or_none_and_each_once():
    customer = make_customer()
    series = make_coupon_series(
        max_redemptions_per_coupon=None, same_user_may_repeat=True, any_user=True
    )
    coupon = make_coupon(customer, series)
    first, second = redeem(coupon), redeem(coupon)
    other = redeem(make_coupon(customer))
    elsewhere = CouponRedemption.objects.create(
        coupon=make_coupon(stranger := make_customer(make_organization())),
        customer=stranger,
        redeemed_at=NOON,
    )

    for wrong in ([first, elsewhere.pk], [first, 10**30], [first, -1], []):
        with pytest.raises(errors.CouponRedemptionUnknown):
            reactivate(*wrong)
    reactivate(first, second, first)
    for twice in ([first], [other, second]):
        with pytest.raises(errors.CouponRedemptionReactivated):
            reactivate(*twice)

    coupon.refresh_from_db()
    series.refresh_from_db()
    assert (coupon.redemption_count, series.redeemed_count) == (0, 0)
    assert list(CouponRedemption.objects.in_force().values_list("pk", flat=True)) == [
        other,
        elsewhere.pk,
    ]


def test_takes_many_back_by_as_many_queries_as_one():
    def run(count):
        ids = [redeem(make_coupon(make_customer())) for _ in range(count)]
        return count_queries(lambda: reactivate(*ids))

    assert run(5) == run(1)
