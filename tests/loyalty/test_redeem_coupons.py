"""Redeeming coupons: limits, customers, places and discounts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerMerged, CustomerUnknown, ReasonInvalid, ReasonMissing
from customers.operations.merge.journal import Journal
from loyalty import errors
from loyalty.models import Coupon, CouponRedemption
from loyalty.operations.coupons.redeem import RedemptionResult, redeem_coupon, revoke_coupon
from loyalty.operations.merge.moves import merge_coupons
from tests.builders import (
    NOON,
    make_customer,
    make_entity,
    make_organization,
    make_origin,
    make_store,
    make_till,
)
from tests.card_builders import make_coupon, make_coupon_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def redeem(coupon, customer=None, actor=None, at=NOON, **fields):
    return unit_of_work(redeem_coupon)(
        origin=make_origin(actor=actor, at=at),
        code=coupon if isinstance(coupon, str) else coupon.code,
        customer_id=customer.pk if customer else coupon.customer_id,
        **fields,
    )


def test_redeems_at_the_till_and_takes_off_the_bill():
    store = make_store()
    till, customer = make_till(parent=store), make_customer()
    series = make_coupon_series(discount_upto=15)
    coupon = make_coupon(customer, series, "ER07BCJ8")

    redeemed = redeem(
        " er07bcj8",
        customer,
        actor=till,
        bill_amount=Decimal(200),
        transaction_number="BIL2042040",
    )

    redemption = CouponRedemption.objects.values().get()
    assert redeemed == RedemptionResult(redemption["id"], coupon.pk, Decimal("15.00"))
    assert redemption == {
        "id": redeemed.redemption_id,
        "coupon_id": coupon.pk,
        "customer_id": customer.pk,
        "redeemed_by_id": till.pk,
        "redeemed_in_id": store.pk,
        "redeemed_at": NOON,
        "transaction_number": "BIL2042040",
        "bill_amount": Decimal(200),
        "discount": Decimal(15),
        "used_for_id": None,
        "reactivated_at": None,
        "reactivated_by_id": None,
    }
    coupon.refresh_from_db()
    series.refresh_from_db()
    assert (coupon.redemption_count, series.redeemed_count, series.last_used_at) == (1, 1, NOON)
    event = Event.objects.get()
    assert (event.kind, event.subject_id) == ("coupon.redeemed", coupon.pk)
    assert event.after == {"customer": customer.pk, "by": redeemed.redemption_id}


def assert_refused(refusal, coupon, customer=None, **fields):
    """The refusal comes, and leaves no trace."""
    rows = list(Coupon.objects.order_by("pk").values())
    with pytest.raises(refusal) as raised:
        redeem(coupon, customer, **fields)

    assert list(Coupon.objects.order_by("pk").values()) == rows
    assert not CouponRedemption.objects.filter(
        coupon__in=[] if isinstance(coupon, str) else [coupon]
    ).exists()
    return raised.value


def test_refuses_by_name():
    customer = make_customer()
    elsewhere = make_customer(make_organization())
    merged = make_customer(merged_into=customer)
    here = make_coupon_series()
    there = make_coupon_series()
    there.redeemable_at.add(make_store())
    good = make_coupon(customer, here)

    assert_refused(errors.CouponNotYours, good, make_customer())
    assert_refused(errors.CouponTransactionInvalid, good, transaction_number="\x00")
    assert_refused(errors.CouponRevoked, make_coupon(customer, here, revoked_at=NOON))
    assert_refused(errors.CouponExpired, make_coupon(customer, here, expires_at=NOON - DAY))
    assert_refused(errors.CouponNotYetActive, make_coupon(customer, here, active_from=NOON + DAY))
    assert_refused(errors.CouponRedeemed, make_coupon(customer, here, redemption_count=1))
    assert_refused(errors.CouponNotHere, make_coupon(customer, there), actor=make_till())
    assert_refused(errors.CouponUnknown, make_coupon(elsewhere).code, customer)
    assert_refused(errors.CouponUnknown, "NOBODY", customer)
    assert_refused(errors.CouponUnknown, "\x00", customer)
    assert_refused(CustomerUnknown, good, elsewhere)
    assert_refused(CustomerMerged, good, merged)


@pytest.mark.parametrize("mark", ["MARKED", "CONFIRMED", "RECONFIRMED"])
def test_refuses_a_customer_marked_as_fraud(mark):
    assert_refused(errors.MarkedAsFraud, make_coupon(make_customer(fraud_status=mark)))


def test_is_redeemed_below_the_places_named():
    zone = make_entity("ZONE")
    store = make_store(parent=make_entity("CONCEPT", parent=zone))
    series = make_coupon_series()
    series.redeemable_at.add(zone)

    assert redeem(make_coupon(make_customer(), series), actor=make_till(parent=store))


def test_anybody_redeems_what_may_be_handed_on():
    series = make_coupon_series(transferable=True)
    coupon, other = make_coupon(make_customer(), series), make_customer()

    redeem(coupon, other)

    assert CouponRedemption.objects.get().customer == other


def test_counts_what_the_customer_and_all_together_redeemed_of_the_series():
    customer = make_customer()
    once = make_coupon_series(max_redemptions_per_user=1)
    rare = make_coupon_series(min_days_between_redemptions=2)
    few = make_coupon_series(max_redeem=1)
    for series in (once, rare, few):
        redeem(make_coupon(customer, series))

    assert assert_refused(
        errors.CouponRedemptionLimitReached, make_coupon(customer, once)
    ).facts == {"limit": 1}
    assert assert_refused(errors.CouponRedeemedTooSoon, make_coupon(customer, rare)).facts == {
        "days": 2
    }
    assert_refused(errors.CouponRedemptionLimitReached, make_coupon(make_customer(), few))
    assert redeem(make_coupon(make_customer(), once))
    assert redeem(make_coupon(customer, rare), at=NOON + 2 * DAY)


def test_a_coupon_of_several_uses_is_repeated_by_one_customer_only_where_allowed():
    customer, other = make_customer(), make_customer()
    series = make_coupon_series(max_redemptions_per_coupon=None, any_user=True)
    coupon = make_coupon(customer, series)

    redeem(coupon, customer)
    redeem(coupon, other)
    with pytest.raises(errors.CouponRedeemed):
        redeem(coupon, customer)

    series.same_user_may_repeat = True
    series.save()
    redeem(coupon, customer)
    coupon.refresh_from_db()
    assert coupon.redemption_count == 3


def test_redeems_by_so_many_queries():
    coupon, till = make_coupon(make_customer()), make_till()
    redeem(make_coupon(make_customer()), actor=till)

    assert count_queries(lambda: redeem(coupon, actor=till)) <= 12


def test_revokes_once_and_says_why():
    coupon, till = make_coupon(make_customer()), make_till()
    revoke = unit_of_work(revoke_coupon)

    revoke(origin=make_origin(actor=till), coupon_id=coupon.pk, reason=" sent in error ")

    coupon.refresh_from_db()
    assert (coupon.revoked_at, coupon.revoked_by, coupon.revoke_reason) == (
        NOON,
        till,
        "sent in error",
    )
    assert Event.objects.get().after == {"reason": "sent in error"}
    with pytest.raises(errors.CouponRevoked):
        revoke(origin=make_origin(), coupon_id=coupon.pk, reason="again")


def test_refuses_to_revoke_without_a_reason_or_elsewhere():
    coupon = make_coupon(make_customer(make_organization()))
    revoke = unit_of_work(revoke_coupon)

    for reason, refusal in (("", ReasonMissing), ("x" * 256, ReasonInvalid)):
        with pytest.raises(refusal):
            revoke(origin=make_origin(), coupon_id=coupon.pk, reason=reason)
    for coupon_id in (coupon.pk, 10**30):
        with pytest.raises(errors.CouponUnknown):
            revoke(origin=make_origin(), coupon_id=coupon_id, reason="mine")

    coupon.refresh_from_db()
    assert coupon.revoked_at is None


def test_a_merge_pours_coupons_and_redemptions():
    survivor, victim = make_customer(), make_customer()
    coupon = make_coupon(victim)
    redeem(coupon)

    @unit_of_work
    def pour():
        journal = Journal.open(
            origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
        )
        merge_coupons(journal=journal, survivor_id=survivor.pk, victim_id=victim.pk)
        return [row[1:3] for row in journal.rows]

    noted = pour()

    redemption = CouponRedemption.objects.get()
    assert (Coupon.objects.get().customer, redemption.customer) == (survivor, survivor)
    assert noted == [("loyalty.Coupon", coupon.pk), ("loyalty.CouponRedemption", redemption.pk)]
