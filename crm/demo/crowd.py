"""Two thousand made-up people: always the same, however often the demo is filled.

Only their days follow the calendar: they joined within the two years before the day of filling.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from random import Random

from crm.demo.names import CHINA, CORNERS, INDIA, SHOPS_OF_INDIA, Corner
from crm.demo.people import INSTORE, WECHAT, WECHAT_1234
from crm.kernel.text import fold
from customers.rules.registration import Channel

SIZE = 2_000
SEED = 500_000_000
DAYS = 730
MERGED = 12

WEBSITE, SHOP, APP = ("WEBSITE", ""), ("ECOMMERCE", ""), ("MOBILE_APP", "400")
MARTJACK, FACEBOOK, LINE = ("MARTJACK", ""), ("FACEBOOK", "fb-main"), ("LINE", "line-main")
TMALL, TAOBAO, JD = ("TMALL", ""), ("TAOBAO", ""), ("JD", "")
ENGAGE, PARTNERS = ("WEB_ENGAGE", "we-main"), ("OTHERS", "")
ONLINE_TILL = "store.server"

USUAL = {INSTORE: 60, WEBSITE: 11, APP: 11, SHOP: 6, MARTJACK: 4, FACEBOOK: 3, LINE: 2, ENGAGE: 2,
         PARTNERS: 1}  # fmt: skip
CHINESE = {INSTORE: 30, WECHAT: 26, WECHAT_1234: 8, TMALL: 16, TAOBAO: 10, JD: 10}
# What each source knows people by, besides what they tell it.
OWN_KEY = {
    WECHAT: "wechat",
    WECHAT_1234: "wechat",
    APP: "cuid",
    MARTJACK: "martjackId",
    FACEBOOK: "fbId",
    LINE: "line",
    TMALL: "tmall_uname",
    TAOBAO: "ali_uname",
    JD: "jd_uname",
}
MARKETING = (("EMAIL", "BULK"), ("SMS", "BULK"), ("EMAIL", "TRANS"), ("SMS", "TRANS"))
# Letters that no decomposition turns into ASCII.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae"})  # noqa: RUF001


@dataclass(slots=True, kw_only=True)
class Stranger:
    """Somebody made up; ``consent`` and ``label`` come some time after ``joined``."""

    number: int
    joined: datetime
    till: str
    first: str
    last: str
    extended_fields: dict[str, str]
    loyalty_type: str
    # By source account: identifiers, and channels.
    places: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    channels: dict[tuple[str, str], list[Channel]] = field(default_factory=dict)
    consent: list[tuple[str, str, str]] = field(default_factory=list)
    label: str = ""
    # Joined a second time under another identifier; turns out to be this one.
    same_as: int | None = None


def make_crowd(*, now: datetime, zone: tzinfo) -> list[Stranger]:
    """Make them all, in the order in which they joined."""
    dice = Random(SEED)  # noqa: S311 - the same people each time
    crowd = [_make_stranger(number, now, zone, dice) for number in range(1, SIZE - MERGED + 1)]
    crowd.sort(key=lambda stranger: (stranger.joined, stranger.number))
    return crowd + list(_make_twins(crowd, now))


def _make_stranger(number: int, now: datetime, zone: tzinfo, dice: Random) -> Stranger:
    [corner] = dice.choices(CORNERS, [corner.weight for corner in CORNERS])
    is_woman = dice.random() < 0.5
    weights = CHINESE if corner is CHINA else USUAL
    [account] = dice.choices(list(weights), list(weights.values()))
    stranger = Stranger(
        number=number,
        joined=_moment(now, zone, dice),
        till=_till(corner, account, dice),
        first=dice.choice(corner.women if is_woman else corner.men),
        last=dice.choice(corner.families),
        extended_fields={
            "gender": "Female" if is_woman else "Male",
            "city": dice.choice(corner.cities),
            "dob": f"{dice.randint(1950, 2006)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        },
        loyalty_type="LOYALTY" if dice.random() < 0.86 else "NON_LOYALTY",
    )
    if dice.random() < 0.3:
        stranger.extended_fields["marital_status"] = dice.choice(("Single", "Married"))
    mobile = _mobile(corner, number)
    email = f"{_address(stranger)}{number}@{dice.choice(('example.com', 'example.org'))}"
    _place(stranger, account, mobile, email, dice)
    if dice.random() < 0.15:
        second = dice.choice([other for other in weights if other != account])
        _place(stranger, second, mobile, email, dice)
    if dice.random() < 0.4:
        stranger.consent = _consent(dice)
    if dice.random() < 0.04:
        stranger.label = dice.choices(("Suspended", "Deleted", "Active"), (6, 2, 2))[0]
    return stranger


def _moment(now: datetime, zone: tzinfo, dice: Random) -> datetime:
    """A moment of opening hours; more people come lately than long ago, most at weekends."""
    days = int(DAYS * dice.random() ** 1.25)
    today = now.astimezone(zone).date()
    day = today - timedelta(days=days)
    if day.weekday() < 5 and dice.random() < 0.3:
        day -= timedelta(days=day.weekday() + dice.randint(1, 2))
    clock = time(dice.randint(10, 20), dice.randint(0, 59), dice.randint(0, 59))
    moment = datetime.combine(day, clock, tzinfo=zone)
    return moment if moment < now else moment - timedelta(days=1)


def _till(corner: Corner, account: tuple[str, str], dice: Random) -> str:
    if account != INSTORE:
        return ONLINE_TILL
    return dice.choice(SHOPS_OF_INDIA) if corner is INDIA else corner.till


def _mobile(corner: Corner, number: int) -> str:
    """Fill in the pattern: prime to a power of ten, so no two numbers give the same digits."""
    digits = f"{number * 7_654_321 % 10**8:08}"
    return corner.mobile.replace("########", digits)


def _address(stranger: Stranger) -> str:
    words = fold(f"{stranger.first}.{stranger.last}").translate(PLAIN)
    ascii_only = "".join(letter for letter in words if letter.isascii() and letter not in " '-")
    return ascii_only.strip(".") or "guest"


def _place(
    stranger: Stranger, account: tuple[str, str], mobile: str, email: str, dice: Random
) -> None:
    """Register the stranger there, with the mobile at least where the source has no key."""
    keys: list[tuple[str, str]] = []
    own = OWN_KEY.get(account)
    if own:
        keys.append((own, f"{own.lower()}_{stranger.number * 48_271 % 10**7:07}"))
    tells_mobile = account == INSTORE or dice.random() < 0.6
    if tells_mobile or stranger.places:
        keys.append(("mobile", mobile))
    if dice.random() < 0.55 or (not own and not tells_mobile):
        keys.append(("email", email))
    if account == INSTORE and dice.random() < 0.2:
        keys.append(("externalId", f"DB{100_000 + stranger.number}"))
    stranger.places[account] = keys
    stranger.channels[account] = [
        Channel(type=kind, value=value, is_primary=True, is_verified=dice.random() < 0.6)
        for kind, value in keys
        if kind in ("mobile", "email", "wechat", "line")
    ]
    if account == APP:
        stranger.channels[account].append(
            Channel(
                type=dice.choice(("ios", "android")),
                value=f"device-{stranger.number:05}",
                is_primary=True,
                is_verified=True,
            )
        )


def _consent(dice: Random) -> list[tuple[str, str, str]]:
    return [
        (channel, priority, "OPTIN" if dice.random() < 0.75 else "OPTOUT")
        for channel, priority in dice.sample(MARKETING, dice.randint(1, 3))
    ]


def _make_twins(crowd: Sequence[Stranger], now: datetime) -> Iterator[Stranger]:
    """Shoppers who also signed up on the website, where nobody asked for their mobile."""
    shoppers = [
        stranger
        for stranger in crowd[: len(crowd) - 200]
        if list(stranger.places) == [INSTORE] and stranger.first.isascii()
    ]
    step = len(shoppers) // MERGED
    for twin, shopper in enumerate(shoppers[::step][:MERGED]):
        email = f"{_address(shopper)}.{twin}@example.net"
        yield Stranger(
            number=SIZE - MERGED + 1 + twin,
            joined=min(shopper.joined + timedelta(days=3 + twin), now - timedelta(hours=2)),
            till=ONLINE_TILL,
            first=shopper.first,
            last=shopper.last,
            extended_fields={},
            loyalty_type="NON_LOYALTY",
            places={WEBSITE: [("email", email)]},
            channels={WEBSITE: [Channel(type="email", value=email, is_primary=True)]},
            same_as=shopper.number,
        )
