"""Coupons: codes, how long they are good, who gets and who may redeem them, and for how much."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from customers.rules.times import end_of_day
from loyalty import errors

# Without what people mistake for something else: 0 and O, 1, I and L, U and V.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 10  # some 48 bits
PERCENT = "PERC"
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What a status asked for says about a coupon; None: nothing."""

    redeemed: bool | None = None
    expired: bool | None = None
    revoked: bool | None = None

    def hold(
        self,
        *,
        redemption_count: int,
        expires_at: datetime | None,
        revoked_at: datetime | None,
        now: datetime,
    ) -> bool:
        """Whether all of it is true of a coupon."""
        return (
            self.redeemed in (None, redemption_count > 0)
            and self.expired in (None, is_over(expires_at, now))
            and self.revoked in (None, revoked_at is not None)
        )


# Operation 21 of the contract; v1.1 asks for "expired" too. Who has taken a coupon back has not
# changed its expiry, so it is unexpired, but active it is not.
STATUSES: Mapping[str, StatusFacts] = {
    "ACTIVE": StatusFacts(expired=False, revoked=False),
    "REDEEMED": StatusFacts(redeemed=True),
    "UNREDEEMED": StatusFacts(redeemed=False),
    "EXPIRED": StatusFacts(expired=True),
    "UNEXPIRED": StatusFacts(expired=False),
    "ACTIVE_REDEEMED": StatusFacts(redeemed=True, expired=False, revoked=False),
    "ACTIVE_UNREDEEMED": StatusFacts(redeemed=False, expired=False, revoked=False),
    "EXPIRED_REDEEMED": StatusFacts(redeemed=True, expired=True),
    "EXPIRED_UNREDEEMED": StatusFacts(redeemed=False, expired=True),
}


def read_status(raw: str) -> StatusFacts:
    """Return what a status means, its name in any case.

    Raises:
        CouponStatusUnknown: it is none of the known ones.
    """
    facts = STATUSES.get(raw.strip().upper())
    if facts is None:
        raise errors.CouponStatusUnknown()
    return facts


def is_over(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at < now


def draw_codes(count: int) -> set[str]:
    """Draw so many different codes from a source that cannot be predicted."""
    drawn: set[str] = set()
    while len(drawn) < count:
        drawn.add("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)))
    return drawn


def clean_code(raw: object) -> str:
    """Return a code as it is stored, however it was typed; blank where it can be none."""
    text = raw.strip().upper() if isinstance(raw, str) else ""
    return text if 0 < len(text) <= 60 and text.isprintable() else ""


def coupon_expiry(
    *,
    issued_at: datetime,
    days: int | None,
    last_day: date | None,
    zone: tzinfo,
    own_day: date | None = None,
) -> datetime | None:
    """Return the end of the last day it is good: of its own days or the series', what ends first.

    ``own_day`` was said of this very coupon and stands in the place of ``days``. None: it does
    not expire.
    """
    last: list[date] = [day for day in (own_day, last_day) if day is not None]
    if own_day is None and days is not None:
        try:
            last.append(issued_at.astimezone(zone).date() + timedelta(days=days))
        except OverflowError:
            last.append(date.max)
    return end_of_day(min(last), zone) if last else None


def discount_of(
    *, kind: str, value: Decimal, upto: Decimal, bill: Decimal | None
) -> Decimal | None:
    """Return what is taken off a bill, half up to two places; None when the bill is not told.

    It is never more than the cap (0: there is none) and never more than the bill.
    """
    if bill is None:
        return None
    amount = bill * value / 100 if kind == PERCENT else value
    if upto:
        amount = min(amount, upto)
    return max(min(amount, bill), Decimal(0)).quantize(_CENT, ROUND_HALF_UP)


@dataclass(slots=True)
class Held:
    """What a customer has had of one series so far: asked before each further coupon."""

    issued: int = 0
    last_issued_at: datetime | None = None
    good_id: int | None = None
    """One that can still be redeemed, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLimits:
    """What a series says about issuing; None does not limit."""

    is_active: bool
    max_create: int | None
    several_per_user: bool
    resend_held: bool
    max_coupons_per_user: int | None
    min_days_between: int | None
    last_day_over: bool


def decide_issue(*, limits: IssueLimits, issued: int, held: Held, now: datetime) -> int | None:
    """Decide whether one more is issued: None, or the id of the coupon held already to be resent.

    Raises:
        CouponSeriesInactive: none of this series are issued any more.
        CouponSeriesExpired: it would be over on the day it is issued.
        CouponHeld: the customer has one, and may not have two.
        CouponUserLimitReached: the customer had as many as there may be (fact: ``limit``).
        CouponTooSoon: the last one is not long enough ago (fact: ``days``).
        CouponSeriesUsedUp: as many as there may be were issued (fact: ``limit``).
    """
    if not limits.is_active:
        raise errors.CouponSeriesInactive()
    if held.good_id is not None and not limits.several_per_user:
        if limits.resend_held:
            return held.good_id
        raise errors.CouponHeld()
    if limits.last_day_over:
        raise errors.CouponSeriesExpired()
    if limits.max_coupons_per_user is not None and held.issued >= limits.max_coupons_per_user:
        raise errors.CouponUserLimitReached(limit=limits.max_coupons_per_user)
    if _is_too_soon(held.last_issued_at, limits.min_days_between, now):
        raise errors.CouponTooSoon(days=limits.min_days_between)
    if limits.max_create is not None and issued >= limits.max_create:
        raise errors.CouponSeriesUsedUp(limit=limits.max_create)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A coupon as it is brought to a till, with what its series and its holder say about that."""

    issued_to: int
    transferable: bool
    revoked: bool
    active_from: datetime
    expires_at: datetime | None
    redemptions_left: int | None
    redeemed_before: bool
    """This customer has redeemed this coupon."""
    same_user_may_repeat: bool
    redeemable_from: datetime | None
    redeemable_when: Mapping[str, Collection[int]]
    redeemable_at: Collection[int]
    min_bill: Decimal
    max_bill: Decimal | None
    redemptions_of_user: int
    last_redeemed_at: datetime | None
    max_redemptions_per_user: int | None
    min_days_between: int | None


def check_redemption(
    coupon: Presented,
    *,
    customer_id: int,
    bill: Decimal | None,
    places: Sequence[int],
    now: datetime,
    zone: tzinfo,
) -> None:
    """Refuse what the series does not allow; ``places`` are the till, its store, and so on up.

    Raises:
        CouponNotYours, CouponRevoked, CouponExpired, CouponNotYetActive, CouponRedeemed,
        CouponNotHere, CouponNotNow, CouponBillOutOfRange, CouponRedemptionLimitReached,
        CouponRedeemedTooSoon: by name.
    """
    if customer_id != coupon.issued_to and not coupon.transferable:
        raise errors.CouponNotYours()
    if coupon.revoked:
        raise errors.CouponRevoked()
    if is_over(coupon.expires_at, now):
        raise errors.CouponExpired()
    if now < max(coupon.active_from, coupon.redeemable_from or coupon.active_from):
        raise errors.CouponNotYetActive()
    if coupon.redemptions_left == 0 or (coupon.redeemed_before and not coupon.same_user_may_repeat):
        raise errors.CouponRedeemed()
    if coupon.redeemable_at and not set(places) & set(coupon.redeemable_at):
        raise errors.CouponNotHere()
    if not _is_in_time(coupon.redeemable_when, now.astimezone(zone)):
        raise errors.CouponNotNow()
    if bill is not None and not coupon.min_bill <= bill <= (coupon.max_bill or bill):
        raise errors.CouponBillOutOfRange(least=coupon.min_bill, most=coupon.max_bill)
    limit = coupon.max_redemptions_per_user
    if limit is not None and coupon.redemptions_of_user >= limit:
        raise errors.CouponRedemptionLimitReached(limit=limit)
    if _is_too_soon(coupon.last_redeemed_at, coupon.min_days_between, now):
        raise errors.CouponRedeemedTooSoon(days=coupon.min_days_between)


def _is_too_soon(last: datetime | None, days: int | None, now: datetime) -> bool:
    return last is not None and days is not None and (now - last).days < days


def _is_in_time(when: Mapping[str, Collection[int]], local: datetime) -> bool:
    present = {
        "days_of_month": local.day,
        "days_of_week": local.isoweekday(),
        "hours": local.hour,
    }
    return all(not when.get(name) or value in when[name] for name, value in present.items())
