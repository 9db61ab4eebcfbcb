"""The rules of coupons: codes, expiry, discounts, statuses, issue limits and redemption."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from loyalty import errors
from loyalty.models.coupon_series import validate_times
from loyalty.rules.coupons import (
    STATUSES,
    CouponHistory,
    IssueLimits,
    PresentedCoupon,
    check_redemption,
    clean_code,
    decide_issue,
    draw_codes,
    get_coupon_expiry,
    get_discount,
    parse_status,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday, half past five in Kolkata
KOLKATA = ZoneInfo("Asia/Kolkata")
DAY = timedelta(days=1)


def test_codes_are_long_and_cannot_be_misread():
    codes = draw_codes(1_000)

    assert {len(code) for code in codes} == {10}
    assert not set("".join(codes)) & set("01OILUV")


@pytest.mark.parametrize(
    ("raw", "code"),
    [(" er07bcj8\n", "ER07BCJ8"), ("", ""), (None, ""), (7, ""), ("a\x00b", ""), ("x" * 61, "")],
)
def test_a_code_is_read_however_it_is_typed(raw, code):
    assert clean_code(raw) == code


@pytest.mark.parametrize(
    ("days", "last_day", "expiry"),
    [
        (None, None, None),
        (0, None, datetime(2026, 3, 2, 18, 29, 59, tzinfo=UTC)),
        (200, None, datetime(2026, 9, 18, 18, 29, 59, tzinfo=UTC)),
        (None, date(2026, 3, 5), datetime(2026, 3, 5, 18, 29, 59, tzinfo=UTC)),
        (2, date(2026, 3, 5), datetime(2026, 3, 4, 18, 29, 59, tzinfo=UTC)),
        (9, date(2026, 3, 5), datetime(2026, 3, 5, 18, 29, 59, tzinfo=UTC)),
        (2**31, date(2026, 3, 5), datetime(2026, 3, 5, 18, 29, 59, tzinfo=UTC)),
    ],
)
def test_is_good_until_the_end_of_what_ends_first(days, last_day, expiry):
    assert get_coupon_expiry(issued_at=NOON, days=days, last_day=last_day, zone=KOLKATA) == expiry


def test_days_beyond_every_calendar_end_with_the_calendar():
    assert get_coupon_expiry(issued_at=NOON, days=2**31, last_day=None, zone=KOLKATA).year == 9999


@pytest.mark.parametrize(
    ("kind", "value", "upto", "bill", "discount"),
    [
        ("PERC", "10", "0", "200", "20.00"),
        ("PERC", "10", "15", "200", "15.00"),
        ("PERC", "12.5", "0", "0.20", "0.03"),
        ("PERC", "100", "0", "7.77", "7.77"),
        ("ABS", "1000", "0", "2000", "1000.00"),
        ("ABS", "1000", "0", "300", "300.00"),
        ("ABS", "1000", "50", "300", "50.00"),
        ("ABS", "1000", "0", "-5", "0.00"),
    ],
)
def test_takes_off_no_more_than_the_cap_and_the_bill(kind, value, upto, bill, discount):
    taken = get_discount(
        kind=kind, value=Decimal(value), upto=Decimal(upto), base=Decimal(bill), bill=Decimal(bill)
    )

    assert str(taken) == discount


def test_takes_nothing_off_a_bill_that_is_not_told():
    assert get_discount(kind="ABS", value=Decimal(5), upto=Decimal(0), base=None, bill=None) is None


@pytest.mark.parametrize(
    "hostile", [None, [], {"hours": 5}, {"hours": ["5"]}, {"hours": [True]}, {"minutes": [5]}]
)
def test_times_of_redemption_are_lists_of_numbers(hostile):
    validate_times({"days_of_week": [1, 7], "hours": []})
    with pytest.raises(ValidationError):
        validate_times(hostile)


def test_reads_statuses_in_any_case():
    assert parse_status(" Active_Redeemed ") == STATUSES["ACTIVE_REDEEMED"]
    with pytest.raises(errors.CouponStatusUnknown):
        parse_status("Lost")


LIMITS = IssueLimits(
    is_active=True,
    max_create=None,
    several_per_user=True,
    resend_held=False,
    max_coupons_per_user=None,
    min_days_between=None,
    last_day_over=False,
)


def decide(issued=0, held=None, **limits):
    return decide_issue(
        limits=replace(LIMITS, **limits),
        issued_count=issued,
        history=held or CouponHistory(),
        now=NOON,
    )


def test_issues_where_nothing_limits():
    assert decide(issued=10**6, held=CouponHistory(1_000, NOON, 7)) is None


@pytest.mark.parametrize(
    ("refusal", "issued", "held", "limits"),
    [
        (errors.CouponSeriesInactive(), 0, CouponHistory(), {"is_active": False}),
        (errors.CouponSeriesExpired(), 0, CouponHistory(), {"last_day_over": True}),
        (errors.CouponSeriesUsedUp(limit=5), 5, CouponHistory(), {"max_create": 5}),
        (errors.CouponHeld(), 0, CouponHistory(1, NOON, 7), {"several_per_user": False}),
        (
            errors.CouponUserLimitReached(limit=2),
            0,
            CouponHistory(2, NOON, None),
            {"max_coupons_per_user": 2},
        ),
        (
            errors.CouponTooSoon(days=2),
            0,
            CouponHistory(1, NOON - 2 * DAY + timedelta(seconds=1)),
            {"min_days_between": 2},
        ),
    ],
)
def test_refuses_to_issue(refusal, issued, held, limits):
    with pytest.raises(type(refusal)) as raised:
        decide(issued, held, **limits)

    assert raised.value == refusal


def test_issues_up_to_the_limits():
    assert decide(4, max_create=5) is None
    assert decide(held=CouponHistory(1, NOON, None), several_per_user=False) is None
    assert decide(held=CouponHistory(1, NOON - 2 * DAY), min_days_between=2) is None
    assert decide(held=CouponHistory(1, NOON, 7), several_per_user=False, resend_held=True) == 7


COUPON = PresentedCoupon(
    issued_to=1,
    transferable=False,
    revoked=False,
    active_from=NOON,
    expires_at=NOON,
    redemptions_left=1,
    redeemed_before=False,
    same_user_may_repeat=False,
    redeemable_from=None,
    redeemable_when={},
    redeemable_at=[],
    min_bill=Decimal(0),
    max_bill=None,
    redemptions_of_user=0,
    last_redeemed_at=None,
    max_redemptions_per_user=None,
    min_days_between=None,
    redemptions_of_series=0,
    max_redemptions_of_series=None,
    exclusive_group="",
)


def check(customer_id=1, bill=None, places=(), **differently):
    check_redemption(
        replace(COUPON, **differently),
        customer_id=customer_id,
        bill=bill,
        entity_ids=places,
        now=NOON,
        zone=KOLKATA,
    )


@pytest.mark.parametrize(
    ("allowed", "refusal", "differently"),
    [
        ({"transferable": True}, errors.CouponNotYours, {"customer_id": 2}),
        ({"revoked": False}, errors.CouponRevoked, {"revoked": True}),
        ({"expires_at": None}, errors.CouponExpired, {"expires_at": NOON - DAY}),
        ({"active_from": NOON}, errors.CouponNotYetActive, {"active_from": NOON + DAY}),
        ({"redeemable_from": NOON}, errors.CouponNotYetActive, {"redeemable_from": NOON + DAY}),
        ({"redemptions_left": None}, errors.CouponRedeemed, {"redemptions_left": 0}),
        ({"same_user_may_repeat": True}, errors.CouponRedeemed, {"redeemed_before": True}),
        (
            {"places": [3, 4, 5]},
            errors.CouponNotHere,
            {"redeemable_at": [5, 6], "places": [3, 4]},
        ),
        (
            {"redeemable_when": {"days_of_month": [2], "days_of_week": [1], "hours": [17]}},
            errors.CouponNotNow,
            {"redeemable_when": {"hours": [18]}},
        ),
        (
            {"bill": Decimal(10)},
            errors.CouponBillOutOfRange,
            {"min_bill": Decimal(10), "bill": Decimal("9.99")},
        ),
        (
            {"bill": Decimal(20)},
            errors.CouponBillOutOfRange,
            {"max_bill": Decimal(20), "bill": Decimal("20.01")},
        ),
        (
            {"redemptions_of_user": 1},
            errors.CouponRedemptionLimitReached,
            {"max_redemptions_per_user": 2, "redemptions_of_user": 2},
        ),
        (
            {"last_redeemed_at": NOON - DAY},
            errors.CouponRedeemedTooSoon,
            {"min_days_between": 1, "last_redeemed_at": NOON - DAY / 2},
        ),
    ],
)
def test_refuses_what_the_series_does_not_allow(allowed, refusal, differently):
    check(**{**differently, **allowed})
    with pytest.raises(refusal):
        check(**differently)
