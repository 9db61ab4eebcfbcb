"""What the crowd bought, brought back and redeemed: always the same, on days before the filling."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from decimal import Decimal
from random import Random

from crm.demo.crowd import SEED, Stranger
from crm.demo.people import INSTORE

# Item code, description, rate.
GOODS = (
    ("SH-4410", "Linen shirt", 1500),
    ("FW-2071", "Walking shoes", 4200),
    ("CF-0100", "Coffee, 1 kg", 850),
    ("BK-1876", "The Adventures of Tom Sawyer", 400),
    ("SR-3305", "Silk scarf", 2250),
    ("KT-0912", "Kettle", 1999),
    ("JN-5120", "Jeans", 2799),
    ("WT-0007", "Watch", 9500),
)
POPULAR = (24, 10, 22, 16, 8, 7, 12, 1)
# How many bills somebody has, and how likely that is.
HOW_MANY = (0, 1, 2, 3, 4, 6, 9)
HOW_LIKELY = (12, 30, 24, 14, 10, 7, 3)
# The registration bonus is still whole then: whoever redeems this has it.
AT_MOST_REDEEMED = 100
BONUS_KNOWN, BONUS_LASTS = 35, 330  # days after joining


@dataclass(frozen=True, slots=True)
class Bill:
    """A purchase, or a return of the bill named."""

    number: int
    at: datetime
    amount: Decimal
    items: Sequence[tuple[str, str, int, int]] = ()
    returns: int | None = None


@dataclass(slots=True)
class Shopper:
    """Somebody of the crowd; ``redeems`` are a moment and points, at most once."""

    stranger: Stranger
    bills: list[Bill] = field(default_factory=list)
    redeems: tuple[datetime, int] | None = None
    has_card: bool = False
    redeems_coupon_at: datetime | None = None

    @property
    def is_member(self) -> bool:
        return self.stranger.loyalty_type == "LOYALTY"


def make_shoppers(crowd: Sequence[Stranger], *, now: datetime, zone: tzinfo) -> list[Shopper]:
    """Decide it for everybody, in the order in which they joined."""
    dice = Random(SEED + 1)  # noqa: S311 - the same bills each time
    shoppers, number = [], 0
    for stranger in crowd:
        if stranger.same_as is not None:
            continue
        shopper = Shopper(stranger)
        shoppers.append(shopper)
        for _ in range(dice.choices(HOW_MANY, HOW_LIKELY)[0] if shopper.is_member else 0):
            number += 1
            bill = _bill(number, stranger, dice, now, zone)
            shopper.bills.append(bill)
            if dice.random() < 0.05:
                number += 1
                back = min(bill.at + timedelta(days=dice.randint(1, 14)), now)
                shopper.bills.append(Bill(number, back, bill.amount, returns=bill.number))
        # Thrown for everybody, so that the day of filling changes nobody else's luck.
        wants, days, points = dice.random(), dice.randint(BONUS_KNOWN, BONUS_LASTS), dice.random()
        redeemed_at = stranger.joined + timedelta(days=days)
        if shopper.is_member and wants < 0.4 and redeemed_at < now:
            shopper.redeems = redeemed_at, AT_MOST_REDEEMED if points < 0.5 else 50
        shopper.has_card = dice.random() < 0.3 and shopper.is_member and INSTORE in stranger.places
        tells, days = dice.random(), dice.randint(BONUS_KNOWN, 85)
        used_at = stranger.joined + timedelta(days=days)
        if shopper.is_member and tells < 0.03 and used_at < now:
            shopper.redeems_coupon_at = used_at
    return shoppers


def _bill(number: int, stranger: Stranger, dice: Random, now: datetime, zone: tzinfo) -> Bill:
    share = dice.random()
    day = (stranger.joined + (now - stranger.joined) * share).astimezone(zone).date()
    clock = time(dice.randint(10, 20), dice.randint(0, 59), dice.randint(0, 59))
    at = datetime.combine(day, clock, tzinfo=zone)
    if not stranger.joined < at < now:
        at = stranger.joined + (now - stranger.joined) * share
    chosen = dict.fromkeys(dice.choices(GOODS, POPULAR, k=dice.randint(1, 3)))
    items = [(*good[:2], dice.choices((1, 2, 4), (14, 4, 1))[0], good[2]) for good in chosen]
    amount = Decimal(sum(quantity * rate for *_, quantity, rate in items))
    return Bill(number, at, amount, items)
