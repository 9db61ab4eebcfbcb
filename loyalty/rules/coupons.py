"""Coupons: codes, expiry, issue limits, redemption checks and discounts."""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice

from crm.kernel.text import unify
from customers.rules.times import end_of_day
from loyalty import errors

# Without characters that people confuse: 0 and O, 1, I and L, U and V.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 10  # some 48 bits
PERCENT = "PERC"
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class StatusCriteria:
    """What a status requires of a coupon; None requires nothing."""

    redeemed: bool | None = None
    expired: bool | None = None
    revoked: bool | None = None

    def matches(
        self,
        *,
        redemption_count: int,
        expires_at: datetime | None,
        revoked_at: datetime | None,
        now: datetime,
    ) -> bool:
        """Whether a coupon meets all criteria."""
        return (
            self.redeemed in (None, redemption_count > 0)
            and self.expired in (None, is_expired(expires_at, now))
            and self.revoked in (None, revoked_at is not None)
        )


# Operation 21 of the contract; v1.1 filters by "expired" too. A revoked coupon can be unexpired,
# because its expiry did not change, but it is not active.
STATUSES: Mapping[str, StatusCriteria] = {
    "ACTIVE": StatusCriteria(expired=False, revoked=False),
    "REDEEMED": StatusCriteria(redeemed=True),
    "UNREDEEMED": StatusCriteria(redeemed=False),
    "EXPIRED": StatusCriteria(expired=True),
    "UNEXPIRED": StatusCriteria(expired=False),
    "ACTIVE_REDEEMED": StatusCriteria(redeemed=True, expired=False, revoked=False),
    "ACTIVE_UNREDEEMED": StatusCriteria(redeemed=False, expired=False, revoked=False),
    "EXPIRED_REDEEMED": StatusCriteria(redeemed=True, expired=True),
    "EXPIRED_UNREDEEMED": StatusCriteria(redeemed=False, expired=True),
}


def parse_status(raw: str) -> StatusCriteria:
    """Return the criteria of a status; its name may be in any case.

    Raises:
        CouponStatusUnknown: there is no such status.
    """
    criteria = STATUSES.get(raw.strip().upper())
    if criteria is None:
        raise errors.CouponStatusUnknown()
    return criteria


def is_expired(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at < now


def draw_codes(count: int) -> set[str]:
    """Draw ``count`` different codes from a secure random source."""
    drawn: set[str] = set()
    letters = _draw_letters()
    while len(drawn) < count:
        drawn.add("".join(islice(letters, CODE_LENGTH)))
    return drawn


def _draw_letters() -> Iterator[str]:
    # Bytes above the last whole multiple would make the first letters more likely.
    limit = 256 - 256 % len(ALPHABET)
    while True:
        for byte in secrets.token_bytes(1_024):
            if byte < limit:
                yield ALPHABET[byte % len(ALPHABET)]


def clean_code(raw: object) -> str:
    """Return a code in its stored form; blank if it cannot be a code."""
    text = unify(unify(raw).strip().upper()) if isinstance(raw, str) else ""
    return text if 0 < len(text) <= 60 and text.isprintable() else ""


def get_coupon_expiry(
    *,
    issued_at: datetime,
    days: int | None,
    last_day: date | None,
    zone: tzinfo,
    coupon_last_day: date | None = None,
) -> datetime | None:
    """Return the end of the coupon's last day, or None if it does not expire.

    It is the earlier of the series' last day and ``days`` after the issue. ``coupon_last_day``
    is set for this coupon only and replaces ``days``.
    """
    last_days: list[date] = [day for day in (coupon_last_day, last_day) if day is not None]
    if coupon_last_day is None and days is not None:
        try:
            last_days.append(issued_at.astimezone(zone).date() + timedelta(days=days))
        except OverflowError:
            last_days.append(date.max)
    return end_of_day(min(last_days), zone) if last_days else None


def get_discount(
    *,
    kind: str,
    value: Decimal,
    upto: Decimal,
    base: Decimal | None,
    bill: Decimal | None,
    taken: Decimal = Decimal(0),
) -> Decimal | None:
    """Return the discount, rounded half up to two places; None where ``base`` is not known.

    ``base`` is what the discount is taken of: the bill, or the items that the coupon is good for.
    It is at most that, at most ``upto`` (0: no cap), and at most what other coupons, which have
    ``taken`` their discounts, leave of the bill amount.
    """
    if base is None:
        return None
    amount = min(base * value / 100 if kind == PERCENT else value, base)
    if upto:
        amount = min(amount, upto)
    if bill is not None:
        amount = min(amount, bill - taken)
    return max(amount, Decimal(0)).quantize(_CENT, ROUND_HALF_UP)


@dataclass(slots=True)
class CouponHistory:
    """The coupons of one series that a customer got so far, for the issue limits."""

    issued: int = 0
    last_issued_at: datetime | None = None
    redeemable_id: int | None = None
    """The newest coupon that can still be redeemed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLimits:
    """The issue limits of a series; None means no limit."""

    is_active: bool
    max_create: int | None
    several_per_user: bool
    resend_held: bool
    max_coupons_per_user: int | None
    min_days_between: int | None
    last_day_over: bool


def decide_issue(
    *, limits: IssueLimits, issued_count: int, history: CouponHistory, now: datetime
) -> int | None:
    """Return None to issue a coupon, or the id of the coupon the customer holds, to be resent.

    Raises:
        CouponSeriesInactive: the series is inactive.
        CouponSeriesExpired: the coupon would be expired when it is issued.
        CouponHeld: the customer holds one already, and may hold only one.
        CouponUserLimitReached: the customer reached the limit of the series (fact: ``limit``).
        CouponTooSoon: the customer's last coupon is too recent (fact: ``days``).
        CouponSeriesUsedUp: the series reached its limit (fact: ``limit``).
    """
    if not limits.is_active:
        raise errors.CouponSeriesInactive()
    if history.redeemable_id is not None and not limits.several_per_user:
        if limits.resend_held:
            return history.redeemable_id
        raise errors.CouponHeld()
    if limits.last_day_over:
        raise errors.CouponSeriesExpired()
    if limits.max_coupons_per_user is not None and history.issued >= limits.max_coupons_per_user:
        raise errors.CouponUserLimitReached(limit=limits.max_coupons_per_user)
    if _is_too_soon(history.last_issued_at, limits.min_days_between, now):
        raise errors.CouponTooSoon(days=limits.min_days_between)
    if limits.max_create is not None and issued_count >= limits.max_create:
        raise errors.CouponSeriesUsedUp(limit=limits.max_create)
    return None


@dataclass(slots=True)
class RedemptionHistory:
    """What a customer redeemed of one series so far, for the redemption limits."""

    count: int = 0
    last_redeemed_at: datetime | None = None
    coupon_ids: frozenset[int] = frozenset()

    def add(self, coupon_id: int, at: datetime) -> None:
        self.count += 1
        self.last_redeemed_at = max(self.last_redeemed_at or at, at)
        self.coupon_ids |= {coupon_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedCoupon:
    """A coupon presented at a till, with the redemption rules of its series.

    ``exclusive_group`` blank: it can be combined with all others on one bill.
    """

    issued_to: int
    transferable: bool
    revoked: bool
    active_from: datetime
    expires_at: datetime | None
    redemptions_left: int | None
    redeemed_before: bool
    """Whether this customer has redeemed this coupon before."""
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
    redemptions_of_series: int
    max_redemptions_of_series: int | None
    exclusive_group: str


def check_redemption(
    coupon: PresentedCoupon,
    *,
    customer_id: int,
    bill: Decimal | None,
    entity_ids: Sequence[int],
    now: datetime,
    zone: tzinfo,
    groups_on_bill: Collection[str] = (),
) -> None:
    """Refuse a redemption that is not allowed; ``entity_ids`` are the till and all above it.

    ``groups_on_bill`` are the exclusive groups of the coupons that the bill has already.

    Raises:
        CouponNotYours, CouponRevoked, CouponExpired, CouponNotYetActive, CouponRedeemed,
        CouponNotHere, CouponNotNow, CouponBillOutOfRange, CouponRedemptionLimitReached,
        CouponRedeemedTooSoon: the coupon or its series does not allow it.
        CouponExcluded: another coupon of the bill excludes it.
    """
    if customer_id != coupon.issued_to and not coupon.transferable:
        raise errors.CouponNotYours()
    check_coupon_state(
        revoked=coupon.revoked,
        expires_at=coupon.expires_at,
        active_from=max(coupon.active_from, coupon.redeemable_from or coupon.active_from),
        redemptions_left=coupon.redemptions_left,
        now=now,
    )
    if coupon.redeemed_before and not coupon.same_user_may_repeat:
        raise errors.CouponRedeemed()
    if coupon.redeemable_at and not set(entity_ids) & set(coupon.redeemable_at):
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
    limit = coupon.max_redemptions_of_series
    if limit is not None and coupon.redemptions_of_series >= limit:
        raise errors.CouponRedemptionLimitReached(limit=limit)
    if coupon.exclusive_group and coupon.exclusive_group in groups_on_bill:
        raise errors.CouponExcluded()


def check_coupon_state(
    *,
    revoked: bool,
    expires_at: datetime | None,
    active_from: datetime,
    redemptions_left: int | None,
    now: datetime,
) -> None:
    """Refuse a coupon that nobody can redeem now, whoever and wherever they are.

    Raises:
        CouponRevoked, CouponExpired, CouponNotYetActive, CouponRedeemed.
    """
    if revoked:
        raise errors.CouponRevoked()
    if is_expired(expires_at, now):
        raise errors.CouponExpired()
    if now < active_from:
        raise errors.CouponNotYetActive()
    if redemptions_left == 0:
        raise errors.CouponRedeemed()


def are_times(times: Mapping[str, Collection[int]]) -> bool:
    """Whether all numbers are days of a month, days of a week (Monday is 1), or hours."""
    ranges = {"days_of_month": range(1, 32), "days_of_week": range(1, 8), "hours": range(24)}
    return all(name in ranges and set(times[name]) <= set(ranges[name]) for name in times)


def _is_too_soon(last: datetime | None, days: int | None, now: datetime) -> bool:
    return last is not None and days is not None and (now - last).days < days


def _is_in_time(allowed_times: Mapping[str, Collection[int]], local: datetime) -> bool:
    current = {
        "days_of_month": local.day,
        "days_of_week": local.isoweekday(),
        "hours": local.hour,
    }
    return all(
        not allowed_times.get(name) or value in allowed_times[name]
        for name, value in current.items()
    )
